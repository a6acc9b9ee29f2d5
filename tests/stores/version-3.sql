BEGIN TRANSACTION;
CREATE TABLE about (
	"key" VARCHAR(40) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('schema','3');
INSERT INTO "about" VALUES('ledger','20 2f3e88d67ada0c059d5b23c515e61fc033e630c4ccc3e2e8228fcf6f87aa9d50');
CREATE TABLE aliases (
	"key" VARCHAR(300) NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "aliases" VALUES('fabrikam.onmicrosoft.com',1);
INSERT INTO "aliases" VALUES('00000000-0000-4000-8000-000000000001',1);
INSERT INTO "aliases" VALUES('contoso.onmicrosoft.com',2);
CREATE TABLE baselines (
	tenant_id INTEGER NOT NULL, 
	subscriptions JSON NOT NULL, 
	known JSON NOT NULL, 
	website TEXT, 
	written VARCHAR(64), 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (tenant_id), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
CREATE TABLE bindings (
	tenant_id INTEGER NOT NULL, 
	address VARCHAR(300) NOT NULL, 
	subscription_id VARCHAR(200) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (tenant_id, address), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "bindings" VALUES(1,'main','sub-2','2026-11-23T12:50:00.000000+00:00');
CREATE TABLE fleet_sizes (
	source VARCHAR(700) NOT NULL, 
	tenants INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	roster JSON, 
	PRIMARY KEY (source)
);
CREATE TABLE handoffs (
	id VARCHAR(80) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	tenant VARCHAR(300) NOT NULL, 
	word VARCHAR(300) NOT NULL, 
	address VARCHAR(300) NOT NULL, 
	subscription_id VARCHAR(200), 
	"before" JSON, 
	"after" JSON, 
	why TEXT NOT NULL, 
	"commit" VARCHAR(64), 
	state VARCHAR(16) NOT NULL, 
	ticket TEXT, 
	text JSON NOT NULL, 
	opened_at VARCHAR(32) NOT NULL, 
	closed_at VARCHAR(32), 
	facts JSON, 
	reason TEXT, 
	by_hand BOOLEAN, 
	PRIMARY KEY (id)
);
INSERT INTO "handoffs" VALUES('h-1','remove-licenses','fabrikam','fabrikam.onmicrosoft.com','main','sub-1','{"plan": "office-365-enterprise-e3", "licenses": 42}','{"plan": "office-365-enterprise-e3", "licenses": 20}','42 licences are bought, 20 are declared',NULL,'filed','SR-7','{}','2026-11-23T12:00:00.000000+00:00',NULL,'{"cause": "fewer-licenses", "where": "F\u00e6rre lisenser"}',NULL,0);
INSERT INTO "handoffs" VALUES('h-2','remove-licenses','fabrikam','contoso.onmicrosoft.com','main',NULL,NULL,'{"plan": "office-365-enterprise-e3", "licenses": 20}','42 licences are bought, 20 are declared',NULL,'prepared',NULL,'{}','2026-11-23T12:00:00.000000+00:00',NULL,'{"cause": "fewer-licenses", "where": "F\u00e6rre lisenser"}',NULL,0);
CREATE TABLE intents (
	seq INTEGER NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id VARCHAR(64) NOT NULL, 
	tenant VARCHAR(300) NOT NULL, 
	address VARCHAR(300) NOT NULL, 
	action VARCHAR(16) NOT NULL, 
	subscription_id VARCHAR(200) NOT NULL, 
	before_plan VARCHAR(200) NOT NULL, 
	before_licenses INTEGER, 
	after_plan VARCHAR(200) NOT NULL, 
	after_licenses INTEGER, 
	request_id VARCHAR(64) NOT NULL, 
	step TEXT NOT NULL, 
	generation INTEGER NOT NULL, 
	known_ids JSON NOT NULL, 
	intended_at VARCHAR(32) NOT NULL, 
	sent_at VARCHAR(32), 
	settled VARCHAR(16), 
	seen BOOLEAN NOT NULL, 
	clear_looks INTEGER NOT NULL, 
	plan_id VARCHAR(64) NOT NULL, 
	"commit" VARCHAR(64), 
	acknowledged TEXT, 
	evidence TEXT NOT NULL, 
	changed_at VARCHAR(32) NOT NULL, 
	written_at VARCHAR(32), 
	PRIMARY KEY (seq), 
	CONSTRAINT one_intent_per_generation UNIQUE (tenant_id, step, generation), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id), 
	UNIQUE (id)
);
INSERT INTO "intents" VALUES(1,1,'i-1','fabrikam.onmicrosoft.com','main','add','sub-1','office-365-enterprise-e3',20,'office-365-enterprise-e3',42,'request-i-1','["add","sub-1",["office-365-enterprise-e3",20],["office-365-enterprise-e3",42]]',0,'["sub-1"]','2026-11-23T12:00:00.000000+00:00','2026-11-23T12:00:00.000000+00:00','done',1,0,'plan-1','c0ffee',NULL,'the look of noon shows it','2026-11-23T12:12:00.000000+00:00','2026-11-23T12:07:00.000000+00:00');
INSERT INTO "intents" VALUES(2,1,'i-2','fabrikam.onmicrosoft.com','main','switch','sub-1','office-365-enterprise-e3',42,'office-365-enterprise-e4',42,'request-i-2','["switch","sub-1",["office-365-enterprise-e3",42],["office-365-enterprise-e4",42]]',0,'["sub-1"]','2026-11-23T12:00:00.000000+00:00','2026-11-23T12:00:00.000000+00:00',NULL,0,1,'plan-1','c0ffee',NULL,'','2026-11-23T12:24:00.000000+00:00','2026-11-23T12:19:00.000000+00:00');
INSERT INTO "intents" VALUES(3,2,'i-3','contoso.onmicrosoft.com','main','add','sub-1','office-365-enterprise-e3',20,'office-365-enterprise-e3',42,'request-i-3','["add","sub-1",["office-365-enterprise-e3",20],["office-365-enterprise-e3",42]]',0,'["sub-1"]','2026-11-23T12:00:00.000000+00:00','2026-11-23T12:00:00.000000+00:00','not-taken',0,0,'plan-2','c0ffee',NULL,'the service refused it','2026-11-23T12:38:00.000000+00:00','2026-11-23T12:33:00.000000+00:00');
CREATE TABLE leases (
	tenant_id INTEGER NOT NULL, 
	fence INTEGER NOT NULL, 
	holder TEXT NOT NULL, 
	since VARCHAR(32) NOT NULL, 
	expires_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (tenant_id), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "leases" VALUES(1,2,'','2026-11-23T12:49:00.000000+00:00','2026-11-23T12:52:00.000000+00:00');
INSERT INTO "leases" VALUES(2,1,'','2026-11-23T12:27:00.000000+00:00','2026-11-23T12:40:00.000000+00:00');
CREATE TABLE ledger (
	number INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	"by" TEXT NOT NULL, 
	content TEXT NOT NULL, 
	previous VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "ledger" VALUES(1,'2026-11-23T12:04:00.000000+00:00','plan-used','ola@adminhost','{"at":"2026-11-23T12:04:00.000000+00:00","by":"ola@adminhost","id":"plan-1","kind":"plan-used","row":{"at":"2026-11-23T12:03:00.000000+00:00","plan_id":"plan-1","run":"run-1"},"table":"used_plans"}','','33e3e7732a6912e68e7cba1559c14c4ee372b3bb7a79b848b18314ccaa895dd9');
INSERT INTO "ledger" VALUES(2,'2026-11-23T12:06:00.000000+00:00','intent','ola@adminhost','{"at":"2026-11-23T12:06:00.000000+00:00","by":"ola@adminhost","id":"i-1","kind":"intent","row":{"acknowledged":null,"action":"add","address":"main","after_licenses":42,"after_plan":"office-365-enterprise-e3","before_licenses":20,"before_plan":"office-365-enterprise-e3","changed_at":"2026-11-23T12:05:00.000000+00:00","clear_looks":0,"commit":"c0ffee","evidence":"","generation":0,"id":"i-1","intended_at":"2026-11-23T12:00:00.000000+00:00","known_ids":"[\"sub-1\"]","plan_id":"plan-1","request_id":"request-i-1","seen":0,"sent_at":null,"seq":1,"settled":null,"step":"[\"add\",\"sub-1\",[\"office-365-enterprise-e3\",20],[\"office-365-enterprise-e3\",42]]","subscription_id":"sub-1","tenant":"fabrikam.onmicrosoft.com","tenant_id":1,"written_at":null},"table":"intents"}','33e3e7732a6912e68e7cba1559c14c4ee372b3bb7a79b848b18314ccaa895dd9','da4c4245b874c8e32a4441bd53a5861b157bbf6818c56358e52847c5c5139034');
INSERT INTO "ledger" VALUES(3,'2026-11-23T12:10:00.000000+00:00','sent','ola@adminhost','{"at":"2026-11-23T12:10:00.000000+00:00","by":"ola@adminhost","id":"i-1","kind":"sent","row":{"acknowledged":null,"action":"add","address":"main","after_licenses":42,"after_plan":"office-365-enterprise-e3","before_licenses":20,"before_plan":"office-365-enterprise-e3","changed_at":"2026-11-23T12:09:00.000000+00:00","clear_looks":0,"commit":"c0ffee","evidence":"","generation":0,"id":"i-1","intended_at":"2026-11-23T12:00:00.000000+00:00","known_ids":"[\"sub-1\"]","plan_id":"plan-1","request_id":"request-i-1","seen":0,"sent_at":"2026-11-23T12:00:00.000000+00:00","seq":1,"settled":null,"step":"[\"add\",\"sub-1\",[\"office-365-enterprise-e3\",20],[\"office-365-enterprise-e3\",42]]","subscription_id":"sub-1","tenant":"fabrikam.onmicrosoft.com","tenant_id":1,"written_at":"2026-11-23T12:07:00.000000+00:00"},"table":"intents"}','da4c4245b874c8e32a4441bd53a5861b157bbf6818c56358e52847c5c5139034','6305a25b4448cf0ec083f72ce18024c882cce3d8c6ab165a04fcf3421b9ceab3');
INSERT INTO "ledger" VALUES(4,'2026-11-23T12:13:00.000000+00:00','settled','ola@adminhost','{"at":"2026-11-23T12:13:00.000000+00:00","by":"ola@adminhost","id":"i-1","kind":"settled","row":{"acknowledged":null,"action":"add","address":"main","after_licenses":42,"after_plan":"office-365-enterprise-e3","before_licenses":20,"before_plan":"office-365-enterprise-e3","changed_at":"2026-11-23T12:12:00.000000+00:00","clear_looks":0,"commit":"c0ffee","evidence":"the look of noon shows it","generation":0,"id":"i-1","intended_at":"2026-11-23T12:00:00.000000+00:00","known_ids":"[\"sub-1\"]","plan_id":"plan-1","request_id":"request-i-1","seen":1,"sent_at":"2026-11-23T12:00:00.000000+00:00","seq":1,"settled":"done","step":"[\"add\",\"sub-1\",[\"office-365-enterprise-e3\",20],[\"office-365-enterprise-e3\",42]]","subscription_id":"sub-1","tenant":"fabrikam.onmicrosoft.com","tenant_id":1,"written_at":"2026-11-23T12:07:00.000000+00:00"},"table":"intents"}','6305a25b4448cf0ec083f72ce18024c882cce3d8c6ab165a04fcf3421b9ceab3','8263af0c4ca5a14c091b5e426b12454e671d0cd3e6876f902646f4f86315443e');
INSERT INTO "ledger" VALUES(5,'2026-11-23T12:18:00.000000+00:00','intent','ola@adminhost','{"at":"2026-11-23T12:18:00.000000+00:00","by":"ola@adminhost","id":"i-2","kind":"intent","row":{"acknowledged":null,"action":"switch","address":"main","after_licenses":42,"after_plan":"office-365-enterprise-e4","before_licenses":42,"before_plan":"office-365-enterprise-e3","changed_at":"2026-11-23T12:17:00.000000+00:00","clear_looks":0,"commit":"c0ffee","evidence":"","generation":0,"id":"i-2","intended_at":"2026-11-23T12:00:00.000000+00:00","known_ids":"[\"sub-1\"]","plan_id":"plan-1","request_id":"request-i-2","seen":0,"sent_at":null,"seq":2,"settled":null,"step":"[\"switch\",\"sub-1\",[\"office-365-enterprise-e3\",42],[\"office-365-enterprise-e4\",42]]","subscription_id":"sub-1","tenant":"fabrikam.onmicrosoft.com","tenant_id":1,"written_at":null},"table":"intents"}','8263af0c4ca5a14c091b5e426b12454e671d0cd3e6876f902646f4f86315443e','cec07fb58d05f7dd6f3dd25eebc6a302dd4b433d640fa3624788d461000bf257');
INSERT INTO "ledger" VALUES(6,'2026-11-23T12:22:00.000000+00:00','sent','ola@adminhost','{"at":"2026-11-23T12:22:00.000000+00:00","by":"ola@adminhost","id":"i-2","kind":"sent","row":{"acknowledged":null,"action":"switch","address":"main","after_licenses":42,"after_plan":"office-365-enterprise-e4","before_licenses":42,"before_plan":"office-365-enterprise-e3","changed_at":"2026-11-23T12:21:00.000000+00:00","clear_looks":0,"commit":"c0ffee","evidence":"","generation":0,"id":"i-2","intended_at":"2026-11-23T12:00:00.000000+00:00","known_ids":"[\"sub-1\"]","plan_id":"plan-1","request_id":"request-i-2","seen":0,"sent_at":"2026-11-23T12:00:00.000000+00:00","seq":2,"settled":null,"step":"[\"switch\",\"sub-1\",[\"office-365-enterprise-e3\",42],[\"office-365-enterprise-e4\",42]]","subscription_id":"sub-1","tenant":"fabrikam.onmicrosoft.com","tenant_id":1,"written_at":"2026-11-23T12:19:00.000000+00:00"},"table":"intents"}','cec07fb58d05f7dd6f3dd25eebc6a302dd4b433d640fa3624788d461000bf257','6bd310cd9e006ba51e1600d86ae1ad12091fcf7ab3ffd10c51e87cf34f76ba91');
INSERT INTO "ledger" VALUES(7,'2026-11-23T12:25:00.000000+00:00','looked','ola@adminhost','{"at":"2026-11-23T12:25:00.000000+00:00","by":"ola@adminhost","id":"i-2","kind":"looked","row":{"acknowledged":null,"action":"switch","address":"main","after_licenses":42,"after_plan":"office-365-enterprise-e4","before_licenses":42,"before_plan":"office-365-enterprise-e3","changed_at":"2026-11-23T12:24:00.000000+00:00","clear_looks":1,"commit":"c0ffee","evidence":"","generation":0,"id":"i-2","intended_at":"2026-11-23T12:00:00.000000+00:00","known_ids":"[\"sub-1\"]","plan_id":"plan-1","request_id":"request-i-2","seen":0,"sent_at":"2026-11-23T12:00:00.000000+00:00","seq":2,"settled":null,"step":"[\"switch\",\"sub-1\",[\"office-365-enterprise-e3\",42],[\"office-365-enterprise-e4\",42]]","subscription_id":"sub-1","tenant":"fabrikam.onmicrosoft.com","tenant_id":1,"written_at":"2026-11-23T12:19:00.000000+00:00"},"table":"intents"}','6bd310cd9e006ba51e1600d86ae1ad12091fcf7ab3ffd10c51e87cf34f76ba91','6e36f1d2bc5c01dbe7db742befdab1e5811b7db6b0e542c35b43bb7de3954e14');
INSERT INTO "ledger" VALUES(8,'2026-11-23T12:30:00.000000+00:00','plan-used','ola@adminhost','{"at":"2026-11-23T12:30:00.000000+00:00","by":"ola@adminhost","id":"plan-2","kind":"plan-used","row":{"at":"2026-11-23T12:29:00.000000+00:00","plan_id":"plan-2","run":"run-2"},"table":"used_plans"}','6e36f1d2bc5c01dbe7db742befdab1e5811b7db6b0e542c35b43bb7de3954e14','71da0c22267fd837b1c73c51cf38bcac970c324da9d5854b761ffa8753ab069a');
INSERT INTO "ledger" VALUES(9,'2026-11-23T12:32:00.000000+00:00','intent','ola@adminhost','{"at":"2026-11-23T12:32:00.000000+00:00","by":"ola@adminhost","id":"i-3","kind":"intent","row":{"acknowledged":null,"action":"add","address":"main","after_licenses":42,"after_plan":"office-365-enterprise-e3","before_licenses":20,"before_plan":"office-365-enterprise-e3","changed_at":"2026-11-23T12:31:00.000000+00:00","clear_looks":0,"commit":"c0ffee","evidence":"","generation":0,"id":"i-3","intended_at":"2026-11-23T12:00:00.000000+00:00","known_ids":"[\"sub-1\"]","plan_id":"plan-2","request_id":"request-i-3","seen":0,"sent_at":null,"seq":3,"settled":null,"step":"[\"add\",\"sub-1\",[\"office-365-enterprise-e3\",20],[\"office-365-enterprise-e3\",42]]","subscription_id":"sub-1","tenant":"contoso.onmicrosoft.com","tenant_id":2,"written_at":null},"table":"intents"}','71da0c22267fd837b1c73c51cf38bcac970c324da9d5854b761ffa8753ab069a','9e49ccc3e7a207f02b6ca4e8ad7d9a508f0ecffc367c9dd1bf9d52e6eb195363');
INSERT INTO "ledger" VALUES(10,'2026-11-23T12:36:00.000000+00:00','sent','ola@adminhost','{"at":"2026-11-23T12:36:00.000000+00:00","by":"ola@adminhost","id":"i-3","kind":"sent","row":{"acknowledged":null,"action":"add","address":"main","after_licenses":42,"after_plan":"office-365-enterprise-e3","before_licenses":20,"before_plan":"office-365-enterprise-e3","changed_at":"2026-11-23T12:35:00.000000+00:00","clear_looks":0,"commit":"c0ffee","evidence":"","generation":0,"id":"i-3","intended_at":"2026-11-23T12:00:00.000000+00:00","known_ids":"[\"sub-1\"]","plan_id":"plan-2","request_id":"request-i-3","seen":0,"sent_at":"2026-11-23T12:00:00.000000+00:00","seq":3,"settled":null,"step":"[\"add\",\"sub-1\",[\"office-365-enterprise-e3\",20],[\"office-365-enterprise-e3\",42]]","subscription_id":"sub-1","tenant":"contoso.onmicrosoft.com","tenant_id":2,"written_at":"2026-11-23T12:33:00.000000+00:00"},"table":"intents"}','9e49ccc3e7a207f02b6ca4e8ad7d9a508f0ecffc367c9dd1bf9d52e6eb195363','c81d38f751ee796449018fbd3d37b2de3b6e589c7e03e00fa59d4573324fb33b');
INSERT INTO "ledger" VALUES(11,'2026-11-23T12:39:00.000000+00:00','settled','ola@adminhost','{"at":"2026-11-23T12:39:00.000000+00:00","by":"ola@adminhost","id":"i-3","kind":"settled","row":{"acknowledged":null,"action":"add","address":"main","after_licenses":42,"after_plan":"office-365-enterprise-e3","before_licenses":20,"before_plan":"office-365-enterprise-e3","changed_at":"2026-11-23T12:38:00.000000+00:00","clear_looks":0,"commit":"c0ffee","evidence":"the service refused it","generation":0,"id":"i-3","intended_at":"2026-11-23T12:00:00.000000+00:00","known_ids":"[\"sub-1\"]","plan_id":"plan-2","request_id":"request-i-3","seen":0,"sent_at":"2026-11-23T12:00:00.000000+00:00","seq":3,"settled":"not-taken","step":"[\"add\",\"sub-1\",[\"office-365-enterprise-e3\",20],[\"office-365-enterprise-e3\",42]]","subscription_id":"sub-1","tenant":"contoso.onmicrosoft.com","tenant_id":2,"written_at":"2026-11-23T12:33:00.000000+00:00"},"table":"intents"}','c81d38f751ee796449018fbd3d37b2de3b6e589c7e03e00fa59d4573324fb33b','ddd6a331c4b836e7ba327fea15be3f82a7a1d7f6fcfa81508b8b153581bc857d');
INSERT INTO "ledger" VALUES(12,'2026-11-23T12:41:00.000000+00:00','suspended','ola@adminhost','{"at":"2026-11-23T12:41:00.000000+00:00","by":"ola@adminhost","id":"1","kind":"suspended","row":{"at":"2026-11-23T12:41:00.000000+00:00","name":"fabrikam.onmicrosoft.com","owner":"ola@fabrikam.no","reason":"merger","tenant_id":1,"until":"2026-12-24"},"table":"suspensions"}','ddd6a331c4b836e7ba327fea15be3f82a7a1d7f6fcfa81508b8b153581bc857d','498c6c49cfb161bdde2bbdded528e11089784814a42af98e26d226e964a43dae');
INSERT INTO "ledger" VALUES(13,'2026-11-23T12:42:00.000000+00:00','suspended','ola@adminhost','{"at":"2026-11-23T12:42:00.000000+00:00","by":"ola@adminhost","id":"2","kind":"suspended","row":{"at":"2026-11-23T12:42:00.000000+00:00","name":"contoso.onmicrosoft.com","owner":"ola@fabrikam.no","reason":"merger","tenant_id":2,"until":"2026-12-24"},"table":"suspensions"}','498c6c49cfb161bdde2bbdded528e11089784814a42af98e26d226e964a43dae','661a6ab28cbb2e7c49bad40b0e9947b27911e1235abbd2b8c98e923baf9ef220');
INSERT INTO "ledger" VALUES(14,'2026-11-23T12:43:00.000000+00:00','resumed','ola@adminhost','{"at":"2026-11-23T12:43:00.000000+00:00","by":"ola@adminhost","id":"2","kind":"resumed","row":null,"table":"suspensions"}','661a6ab28cbb2e7c49bad40b0e9947b27911e1235abbd2b8c98e923baf9ef220','7cddeb7df9f5e1a024125ed66a661f2d74ee749313166c7dca406294566c4f43');
INSERT INTO "ledger" VALUES(15,'2026-11-23T12:44:00.000000+00:00','stop-set','ola@adminhost','{"at":"2026-11-23T12:44:00.000000+00:00","by":"ola@adminhost","id":"global","kind":"stop-set","row":{"at":"2026-11-23T12:44:00.000000+00:00","owner":"kari","reason":"audit","scope":"global"},"table":"stops"}','7cddeb7df9f5e1a024125ed66a661f2d74ee749313166c7dca406294566c4f43','26df99e92694f99a4ea83b9e11e8698bf4e98189f3a440db6088aa2cb24443db');
INSERT INTO "ledger" VALUES(16,'2026-11-23T12:45:00.000000+00:00','stop-lifted','ola@adminhost','{"at":"2026-11-23T12:45:00.000000+00:00","by":"ola@adminhost","id":"global","kind":"stop-lifted","row":null,"table":"stops"}','26df99e92694f99a4ea83b9e11e8698bf4e98189f3a440db6088aa2cb24443db','02ed922704cec88cbc9405ac05a25fc116ac5443504d18bb3511f23efffabd8d');
INSERT INTO "ledger" VALUES(17,'2026-11-23T12:46:00.000000+00:00','stop-set','ola@adminhost','{"at":"2026-11-23T12:46:00.000000+00:00","by":"ola@adminhost","id":"global","kind":"stop-set","row":{"at":"2026-11-23T12:46:00.000000+00:00","owner":"kari","reason":"fire","scope":"global"},"table":"stops"}','02ed922704cec88cbc9405ac05a25fc116ac5443504d18bb3511f23efffabd8d','f016642074c94ebee912769ab2eed4e8a4bd4f9081dd32f756b1bce07c7f7444');
INSERT INTO "ledger" VALUES(18,'2026-11-23T12:47:00.000000+00:00','handoff-prepared','ola@adminhost','{"at":"2026-11-23T12:47:00.000000+00:00","by":"ola@adminhost","id":"h-1","kind":"handoff-prepared","row":{"address":"main","after":"{\"plan\": \"office-365-enterprise-e3\", \"licenses\": 20}","before":"{\"plan\": \"office-365-enterprise-e3\", \"licenses\": 42}","by_hand":0,"closed_at":null,"commit":null,"facts":"{\"cause\": \"fewer-licenses\", \"where\": \"F\\u00e6rre lisenser\"}","id":"h-1","kind":"remove-licenses","opened_at":"2026-11-23T12:00:00.000000+00:00","reason":null,"state":"prepared","subscription_id":"sub-1","tenant":"fabrikam","text":"{}","ticket":null,"why":"42 licences are bought, 20 are declared","word":"fabrikam.onmicrosoft.com"},"table":"handoffs"}','f016642074c94ebee912769ab2eed4e8a4bd4f9081dd32f756b1bce07c7f7444','b92dc997704253aa9923d3c964c40e75e5338ba93349d108c0b913f0fb5eab81');
INSERT INTO "ledger" VALUES(19,'2026-11-23T12:47:00.000000+00:00','handoff-prepared','ola@adminhost','{"at":"2026-11-23T12:47:00.000000+00:00","by":"ola@adminhost","id":"h-2","kind":"handoff-prepared","row":{"address":"main","after":"{\"plan\": \"office-365-enterprise-e3\", \"licenses\": 20}","before":null,"by_hand":0,"closed_at":null,"commit":null,"facts":"{\"cause\": \"fewer-licenses\", \"where\": \"F\\u00e6rre lisenser\"}","id":"h-2","kind":"remove-licenses","opened_at":"2026-11-23T12:00:00.000000+00:00","reason":null,"state":"prepared","subscription_id":null,"tenant":"fabrikam","text":"{}","ticket":null,"why":"42 licences are bought, 20 are declared","word":"contoso.onmicrosoft.com"},"table":"handoffs"}','b92dc997704253aa9923d3c964c40e75e5338ba93349d108c0b913f0fb5eab81','ce57a80404e1ab4a399043a312ded6d86640a78a6868af38ad20fc6369279652');
INSERT INTO "ledger" VALUES(20,'2026-11-23T12:48:00.000000+00:00','handoff-filed','ola@adminhost','{"at":"2026-11-23T12:48:00.000000+00:00","by":"ola@adminhost","id":"h-1","kind":"handoff-filed","row":{"address":"main","after":"{\"plan\": \"office-365-enterprise-e3\", \"licenses\": 20}","before":"{\"plan\": \"office-365-enterprise-e3\", \"licenses\": 42}","by_hand":0,"closed_at":null,"commit":null,"facts":"{\"cause\": \"fewer-licenses\", \"where\": \"F\\u00e6rre lisenser\"}","id":"h-1","kind":"remove-licenses","opened_at":"2026-11-23T12:00:00.000000+00:00","reason":null,"state":"filed","subscription_id":"sub-1","tenant":"fabrikam","text":"{}","ticket":"SR-7","why":"42 licences are bought, 20 are declared","word":"fabrikam.onmicrosoft.com"},"table":"handoffs"}','ce57a80404e1ab4a399043a312ded6d86640a78a6868af38ad20fc6369279652','2f3e88d67ada0c059d5b23c515e61fc033e630c4ccc3e2e8228fcf6f87aa9d50');
CREATE TABLE runs (
	seq INTEGER NOT NULL, 
	tenant VARCHAR(300) NOT NULL, 
	verdict VARCHAR(40) NOT NULL, 
	summary TEXT NOT NULL, 
	"commit" VARCHAR(64), 
	plan_id VARCHAR(64), 
	first_at VARCHAR(32) NOT NULL, 
	last_at VARCHAR(32) NOT NULL, 
	times INTEGER NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "runs" VALUES(1,'fabrikam','apply','main add done','c0ffee','plan-2','2026-11-23T12:00:00.000000+00:00','2026-11-23T12:00:00.000000+00:00',2);
CREATE TABLE sightings (
	tenant_id INTEGER NOT NULL, 
	"key" VARCHAR(700) NOT NULL, 
	finding JSON NOT NULL, 
	first_seen VARCHAR(32) NOT NULL, 
	last_seen VARCHAR(32) NOT NULL, 
	times INTEGER NOT NULL, 
	confirmed_at VARCHAR(32), 
	reported_at VARCHAR(32), 
	gone_at VARCHAR(32), 
	PRIMARY KEY (tenant_id, "key"), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
CREATE TABLE stops (
	scope VARCHAR(40) NOT NULL, 
	reason TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (scope)
);
INSERT INTO "stops" VALUES('global','fire','kari','2026-11-23T12:46:00.000000+00:00');
CREATE TABLE successors (
	tenant_id INTEGER NOT NULL, 
	old_id VARCHAR(200) NOT NULL, 
	new_id VARCHAR(200) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (tenant_id, old_id), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "successors" VALUES(1,'sub-1','sub-2','2026-11-23T12:50:00.000000+00:00');
CREATE TABLE suspensions (
	tenant_id INTEGER NOT NULL, 
	name VARCHAR(300) NOT NULL, 
	reason TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	until VARCHAR(10) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (tenant_id), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "suspensions" VALUES(1,'fabrikam.onmicrosoft.com','merger','ola@fabrikam.no','2026-12-24','2026-11-23T12:41:00.000000+00:00');
CREATE TABLE tenants (
	id INTEGER NOT NULL, 
	family INTEGER NOT NULL, 
	name VARCHAR(300) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "tenants" VALUES(1,1,'fabrikam.onmicrosoft.com');
INSERT INTO "tenants" VALUES(2,2,'contoso.onmicrosoft.com');
CREATE TABLE used_plans (
	plan_id VARCHAR(64) NOT NULL, 
	run VARCHAR(64) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (plan_id)
);
INSERT INTO "used_plans" VALUES('plan-1','run-1','2026-11-23T12:03:00.000000+00:00');
INSERT INTO "used_plans" VALUES('plan-2','run-2','2026-11-23T12:29:00.000000+00:00');
CREATE INDEX ix_tenants_family ON tenants (family);
CREATE INDEX ix_handoffs_tenant ON handoffs (tenant);
CREATE INDEX runs_by_tenant ON runs (tenant, seq);
CREATE TRIGGER ledger_refuses_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_refuses_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE INDEX ix_aliases_tenant_id ON aliases (tenant_id);
CREATE INDEX intents_by_tenant ON intents (tenant_id, seq);
COMMIT;
