# The verbs of the house. `make check` is what CI runs on every change.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup check test soak soak-fleet demo bench bench-all lint types imports clean

setup:            ## a virtual environment with everything for development
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -e '.[dev]'

check: lint types imports test  ## all that must hold

test:             ## the quick tests
	$(BIN)/python -m pytest -q -n 2

soak:             ## 1,000 tenants and 30 days of the service's time, with faults and kills: more than an hour
	$(BIN)/python tests/soak.py --tenants 1000 --days 30 --seed 7

soak-fleet:       ## 5,000 tenants, two and four workers on PostgreSQL: kills, frosts, crashes, cut connections
	$(BIN)/python tests/fleet_soak.py --tenants 5000 --workers 2 --length 300
	$(BIN)/python tests/fleet_soak.py --tenants 5000 --workers 4 --dispatchers 2 --length 300

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

demo:             ## plan and apply the examples on the embedded service
	$(BIN)/reconciler plan examples/tenants
	$(BIN)/reconciler apply examples/tenants --auto-approve --wait

bench:            ## measure against floors; prints JSON
	$(BIN)/python -m benchmarks

bench-all:        ## all that can be measured, to 100,000 tenants: costs.json and costs.svg; two hours, and pip for the peers
	$(BIN)/python -m benchmarks --size 1000 --size 10000 --size 100000 \
		--over-http 1000 --over-http 10000 --over-http 100000 --peers --peer-size 1000 --peer-size 10000 \
		--fleet 100000 --out costs.json --chart costs.svg

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache examples/.reconciler
