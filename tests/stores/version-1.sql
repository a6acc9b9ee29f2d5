BEGIN TRANSACTION;
CREATE TABLE about (
	"key" VARCHAR(40) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "about" VALUES('schema','1');
CREATE TABLE aliases (
	"key" VARCHAR(300) NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "aliases" VALUES('fabrikam.onmicrosoft.com',1);
INSERT INTO "aliases" VALUES('00000000-0000-4000-8000-000000000001',1);
CREATE TABLE bindings (
	tenant_id INTEGER NOT NULL, 
	address VARCHAR(300) NOT NULL, 
	subscription_id VARCHAR(200) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (tenant_id, address), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "bindings" VALUES(1,'main','sub-1','2026-11-20T09:09:00.000000+00:00');
CREATE TABLE fleet_sizes (
	source VARCHAR(700) NOT NULL, 
	tenants INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
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
	PRIMARY KEY (id)
);
INSERT INTO "handoffs" VALUES('h-1','remove-licenses','fabrikam','fabrikam.onmicrosoft.com','main','sub-1','{"plan": "office-365-enterprise-e3", "licenses": 42}','{"plan": "office-365-enterprise-e3", "licenses": 20}','42 licences are bought, 20 are declared',NULL,'prepared',NULL,'{"subject": "F\u00e6rre lisenser for fabrikam", "body": "..."}','2026-11-20T08:00:00.000000+00:00',NULL);
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
	PRIMARY KEY (seq), 
	CONSTRAINT one_intent_per_generation UNIQUE (tenant_id, step, generation), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id), 
	UNIQUE (id)
);
INSERT INTO "intents" VALUES(1,1,'i-1','fabrikam.onmicrosoft.com','main','add','sub-1','office-365-enterprise-e3',20,'office-365-enterprise-e3',42,'request-i-1','["add","sub-1",["office-365-enterprise-e3",20],["office-365-enterprise-e3",42]]',0,'["sub-1"]','2026-11-20T08:00:00.000000+00:00','2026-11-20T08:00:00.000000+00:00','done',1,0,'plan-1','c0ffee',NULL,'the look of 2026-11-20T08:01:00+00:00 shows it','2026-11-20T09:08:00.000000+00:00');
INSERT INTO "intents" VALUES(2,1,'i-2','fabrikam.onmicrosoft.com','main','switch','sub-1','office-365-enterprise-e3',42,'office-365-enterprise-e4',42,'request-i-2','["switch","sub-1",["office-365-enterprise-e3",42],["office-365-enterprise-e4",42]]',0,'["sub-1"]','2026-11-20T08:00:00.000000+00:00','2026-11-20T08:00:00.000000+00:00',NULL,0,0,'plan-1','c0ffee',NULL,'','2026-11-20T09:14:00.000000+00:00');
CREATE TABLE leases (
	tenant_id INTEGER NOT NULL, 
	fence INTEGER NOT NULL, 
	holder TEXT NOT NULL, 
	since VARCHAR(32) NOT NULL, 
	expires_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (tenant_id), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "leases" VALUES(1,1,'','2026-11-20T09:01:00.000000+00:00','2026-11-20T09:15:00.000000+00:00');
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
CREATE TABLE stops (
	scope VARCHAR(40) NOT NULL, 
	reason TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (scope)
);
INSERT INTO "stops" VALUES('global','audit','kari@fabrikam.no','2026-11-20T09:17:00.000000+00:00');
CREATE TABLE successors (
	tenant_id INTEGER NOT NULL, 
	old_id VARCHAR(200) NOT NULL, 
	new_id VARCHAR(200) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (tenant_id, old_id), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
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
INSERT INTO "suspensions" VALUES(1,'fabrikam.onmicrosoft.com','merger','ola@fabrikam.no','2026-12-24','2026-11-20T09:16:00.000000+00:00');
CREATE TABLE tenants (
	id INTEGER NOT NULL, 
	family INTEGER NOT NULL, 
	name VARCHAR(300) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "tenants" VALUES(1,1,'fabrikam.onmicrosoft.com');
CREATE TABLE used_plans (
	plan_id VARCHAR(64) NOT NULL, 
	run VARCHAR(64) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (plan_id)
);
INSERT INTO "used_plans" VALUES('plan-1','run-1','2026-11-20T09:03:00.000000+00:00');
CREATE INDEX ix_tenants_family ON tenants (family);
CREATE INDEX ix_handoffs_tenant ON handoffs (tenant);
CREATE INDEX runs_by_tenant ON runs (tenant, seq);
CREATE INDEX ix_aliases_tenant_id ON aliases (tenant_id);
CREATE INDEX intents_by_tenant ON intents (tenant_id, seq);
COMMIT;
