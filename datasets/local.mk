# SPDX-License-Identifier: GPL-2.0-or-later
# Scenarios, policies, and the grammars of our own formats.

schemasdir = $(pkgdatadir)/schemas
dist_schemas_DATA = \
	%D%/schemas/cpsf-feed.rng \
	%D%/schemas/cpsf-feed.xsd \
	%D%/schemas/cpsf-policy.rng

policiesdir = $(pkgdatadir)/policies
dist_policies_DATA = %D%/policies/default.xml %D%/policies/factory.xml

EXTRA_DIST += %D%/README.md

factorydir = $(pkgdatadir)/factory
dist_factory_DATA = \
	%D%/factory/README.md \
	%D%/factory/expected.tsv \
	%D%/factory/01-yamabato-motors.xml \
	%D%/factory/02-hoshimi-seiki-1.xml \
	%D%/factory/03-hoshimi-seiki-2.xml \
	%D%/factory/04-rakuyo-register-1.xml \
	%D%/factory/05-rakuyo-register-2.xml \
	%D%/factory/06-public-registers.xml \
	%D%/factory/07-kumonoki-fleet.cdx.xml \
	%D%/factory/08-mozu-gateway-firmware.cdx.xml \
	%D%/factory/09-umineko-logistics.xml \
	%D%/factory/10-yamabato-driver-app.cdx.xml
