/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Which elements CycloneDX 1.0 to 1.7 have at each place, all versions together, and the state each
 * of them is read in.  What no row names there is not of CycloneDX: `unknown-element`.
 */

#include "config.h"

#include "cyclonedx-private.h"

/* clang-format off */

static const CpsfXmlRule cdx_rules[] = {
    {CPSF_XML_START, "bom", CDX_BOM},

    {CDX_BOM, "metadata", CDX_METADATA},
    {CDX_BOM, "components", CDX_COMPONENTS},
    {CDX_BOM, "services", CDX_SERVICES},
    {CDX_BOM, "externalReferences", CDX_REFERENCES},
    {CDX_BOM, "dependencies", CDX_DEPENDENCIES},
    {CDX_BOM, "compositions", CDX_COMPOSITIONS},
    {CDX_BOM, "vulnerabilities", CDX_VULNERABILITIES},
    {CDX_BOM, "annotations", CDX_ANNOTATIONS},
    {CDX_BOM, "formulation", CDX_FORMULATION},
    {CDX_BOM, "declarations", CDX_DECLARATIONS},
    {CDX_BOM, "definitions", CDX_DEFINITIONS},
    {CDX_BOM, "citations", CDX_CITATIONS},
    {CDX_BOM, "properties", CDX_SKIP},

    {CDX_COMPONENTS, "component", CDX_COMPONENT},

    {CDX_COMPONENT, "name", CDX_NAME},
    {CDX_COMPONENT, "group", CDX_GROUP},
    {CDX_COMPONENT, "version", CDX_VERSION},
    {CDX_COMPONENT, "supplier", CDX_SUPPLIER},
    {CDX_COMPONENT, "manufacturer", CDX_MAKER},
    {CDX_COMPONENT, "authors", CDX_AUTHORS},
    {CDX_COMPONENT, "author", CDX_AUTHOR_TEXT},
    {CDX_COMPONENT, "publisher", CDX_PUBLISHER},
    {CDX_COMPONENT, "versionRange", CDX_VERSION_RANGE},
    {CDX_COMPONENT, "scope", CDX_SCOPE},
    {CDX_COMPONENT, "hashes", CDX_HASHES},
    {CDX_COMPONENT, "cpe", CDX_CPE},
    {CDX_COMPONENT, "purl", CDX_PURL},
    {CDX_COMPONENT, "omniborId", CDX_GITOID},
    {CDX_COMPONENT, "swhid", CDX_SWHID},
    {CDX_COMPONENT, "swid", CDX_SWID},
    {CDX_COMPONENT, "pedigree", CDX_PEDIGREE},
    {CDX_COMPONENT, "components", CDX_COMPONENTS},
    {CDX_COMPONENT, "evidence", CDX_EVIDENCE},
    {CDX_COMPONENT, "modelCard", CDX_MODEL_CARD},
    {CDX_COMPONENT, "data", CDX_DATA},
    {CDX_COMPONENT, "cryptoProperties", CDX_CRYPTO},
    {CDX_COMPONENT, "patentAssertions", CDX_CITATIONS},
    {CDX_COMPONENT, "licenses", CDX_LICENSES},
    {CDX_COMPONENT, "externalReferences", CDX_REFERENCES},
    {CDX_COMPONENT, "properties", CDX_PROPERTIES},
    {CDX_COMPONENT, "releaseNotes", CDX_RELEASE_NOTES},
    {CDX_COMPONENT, "copyright", CDX_SKIP}, {CDX_COMPONENT, "description", CDX_SKIP},
    {CDX_COMPONENT, "modified", CDX_SKIP}, {CDX_COMPONENT, "tags", CDX_SKIP},

    {CDX_HASHES, "hash", CDX_HASH},

    {CDX_LICENSES, "license", CDX_LICENSE},
    {CDX_LICENSES, "expression", CDX_OTHER},
    {CDX_LICENSES, "expression-detailed", CDX_LICENSE},

    {CDX_LICENSE, "licensing", CDX_LICENSING},
    {CDX_LICENSE, "id", CDX_SKIP}, {CDX_LICENSE, "name", CDX_SKIP},
    {CDX_LICENSE, "properties", CDX_SKIP}, {CDX_LICENSE, "text", CDX_SKIP},
    {CDX_LICENSE, "url", CDX_SKIP},

    {CDX_LICENSE, "details", CDX_SKIP},

    {CDX_LICENSING, "expiration", CDX_EXPIRATION},
    {CDX_LICENSING, "lastRenewal", CDX_LAST_RENEWAL},
    {CDX_LICENSING, "altIds", CDX_SKIP}, {CDX_LICENSING, "licenseTypes", CDX_SKIP},
    {CDX_LICENSING, "licensee", CDX_SKIP}, {CDX_LICENSING, "licensor", CDX_SKIP},
    {CDX_LICENSING, "purchaseOrder", CDX_SKIP}, {CDX_LICENSING, "purchaser", CDX_SKIP},

    {CDX_REFERENCES, "reference", CDX_REFERENCE},

    {CDX_REFERENCE, "url", CDX_REFERENCE_URL},
    {CDX_REFERENCE, "comment", CDX_SKIP}, {CDX_REFERENCE, "hashes", CDX_SKIP},
    {CDX_REFERENCE, "properties", CDX_SKIP},

    {CDX_PROPERTIES, "property", CDX_PROPERTY},

    {CDX_SWID, "text", CDX_SKIP}, {CDX_SWID, "url", CDX_SKIP},

    {CDX_PEDIGREE, "ancestors", CDX_ANCESTORS},
    {CDX_PEDIGREE, "descendants", CDX_DESCENDANTS},
    {CDX_PEDIGREE, "variants", CDX_VARIANTS},
    {CDX_PEDIGREE, "patches", CDX_PATCHES},
    {CDX_PEDIGREE, "commits", CDX_SKIP}, {CDX_PEDIGREE, "notes", CDX_SKIP},

    {CDX_ANCESTORS, "component", CDX_COMPONENT},

    {CDX_DESCENDANTS, "component", CDX_COMPONENT},

    {CDX_VARIANTS, "component", CDX_VARIANT},

    {CDX_VARIANT, "name", CDX_VARIANT_NAME},
    {CDX_VARIANT, "purl", CDX_VARIANT_PURL},
    {CDX_VARIANT, "author", CDX_SKIP}, {CDX_VARIANT, "authors", CDX_SKIP},
    {CDX_VARIANT, "components", CDX_SKIP}, {CDX_VARIANT, "copyright", CDX_SKIP},
    {CDX_VARIANT, "cpe", CDX_SKIP}, {CDX_VARIANT, "cryptoProperties", CDX_SKIP},
    {CDX_VARIANT, "data", CDX_SKIP}, {CDX_VARIANT, "description", CDX_SKIP},
    {CDX_VARIANT, "evidence", CDX_SKIP}, {CDX_VARIANT, "externalReferences", CDX_SKIP},
    {CDX_VARIANT, "group", CDX_SKIP}, {CDX_VARIANT, "hashes", CDX_SKIP},
    {CDX_VARIANT, "licenses", CDX_SKIP}, {CDX_VARIANT, "manufacturer", CDX_SKIP},
    {CDX_VARIANT, "modelCard", CDX_SKIP}, {CDX_VARIANT, "modified", CDX_SKIP},
    {CDX_VARIANT, "omniborId", CDX_SKIP}, {CDX_VARIANT, "patentAssertions", CDX_SKIP},
    {CDX_VARIANT, "pedigree", CDX_SKIP}, {CDX_VARIANT, "properties", CDX_SKIP},
    {CDX_VARIANT, "publisher", CDX_SKIP}, {CDX_VARIANT, "releaseNotes", CDX_SKIP},
    {CDX_VARIANT, "scope", CDX_SKIP}, {CDX_VARIANT, "supplier", CDX_SKIP},
    {CDX_VARIANT, "swhid", CDX_SKIP}, {CDX_VARIANT, "swid", CDX_SKIP},
    {CDX_VARIANT, "tags", CDX_SKIP}, {CDX_VARIANT, "version", CDX_SKIP},
    {CDX_VARIANT, "versionRange", CDX_SKIP},

    {CDX_PATCHES, "patch", CDX_PATCH},

    {CDX_PATCH, "resolves", CDX_RESOLVES},
    {CDX_PATCH, "diff", CDX_SKIP},

    {CDX_RESOLVES, "issue", CDX_ISSUE},

    {CDX_ISSUE, "id", CDX_ISSUE_ID},
    {CDX_ISSUE, "description", CDX_SKIP}, {CDX_ISSUE, "name", CDX_SKIP},
    {CDX_ISSUE, "references", CDX_SKIP}, {CDX_ISSUE, "source", CDX_SKIP},

    {CDX_RELEASE_NOTES, "timestamp", CDX_RELEASE_TIME},
    {CDX_RELEASE_NOTES, "resolves", CDX_RESOLVES},
    {CDX_RELEASE_NOTES, "aliases", CDX_SKIP}, {CDX_RELEASE_NOTES, "description", CDX_SKIP},
    {CDX_RELEASE_NOTES, "featuredImage", CDX_SKIP}, {CDX_RELEASE_NOTES, "notes", CDX_SKIP},
    {CDX_RELEASE_NOTES, "properties", CDX_SKIP}, {CDX_RELEASE_NOTES, "socialImage", CDX_SKIP},
    {CDX_RELEASE_NOTES, "tags", CDX_SKIP}, {CDX_RELEASE_NOTES, "title", CDX_SKIP},
    {CDX_RELEASE_NOTES, "type", CDX_SKIP},

    {CDX_EVIDENCE, "identity", CDX_IDENTITY},
    {CDX_EVIDENCE, "occurrences", CDX_OCCURRENCES},
    {CDX_EVIDENCE, "licenses", CDX_LICENSES},
    {CDX_EVIDENCE, "callstack", CDX_SKIP}, {CDX_EVIDENCE, "copyright", CDX_SKIP},

    {CDX_IDENTITY, "field", CDX_IDENTITY_FIELD},
    {CDX_IDENTITY, "confidence", CDX_IDENTITY_CONFIDENCE},
    {CDX_IDENTITY, "concludedValue", CDX_SKIP}, {CDX_IDENTITY, "methods", CDX_SKIP},
    {CDX_IDENTITY, "tools", CDX_SKIP},

    {CDX_OCCURRENCES, "occurrence", CDX_OTHER},

    {CDX_MODEL_CARD, "modelParameters", CDX_MODEL_PARAMETERS},
    {CDX_MODEL_CARD, "considerations", CDX_SKIP}, {CDX_MODEL_CARD, "properties", CDX_SKIP},
    {CDX_MODEL_CARD, "quantitativeAnalysis", CDX_SKIP},

    {CDX_MODEL_PARAMETERS, "datasets", CDX_DATASETS},
    {CDX_MODEL_PARAMETERS, "approach", CDX_SKIP},
    {CDX_MODEL_PARAMETERS, "architectureFamily", CDX_SKIP},
    {CDX_MODEL_PARAMETERS, "inputs", CDX_SKIP},
    {CDX_MODEL_PARAMETERS, "modelArchitecture", CDX_SKIP},
    {CDX_MODEL_PARAMETERS, "outputs", CDX_SKIP}, {CDX_MODEL_PARAMETERS, "task", CDX_SKIP},

    {CDX_DATASETS, "dataset", CDX_DATASET},
    {CDX_DATASETS, "ref", CDX_DATASET_REF},

    {CDX_DATASET, "name", CDX_DATA_NAME},
    {CDX_DATASET, "type", CDX_DATA_TYPE},
    {CDX_DATASET, "classification", CDX_DATA_CLASS},
    {CDX_DATASET, "governance", CDX_GOVERNANCE},
    {CDX_DATASET, "contents", CDX_SKIP}, {CDX_DATASET, "description", CDX_SKIP},
    {CDX_DATASET, "graphics", CDX_SKIP}, {CDX_DATASET, "sensitiveData", CDX_SKIP},

    {CDX_DATA, "name", CDX_DATA_NAME},
    {CDX_DATA, "type", CDX_DATA_TYPE},
    {CDX_DATA, "classification", CDX_DATA_CLASS},
    {CDX_DATA, "governance", CDX_GOVERNANCE},
    {CDX_DATA, "contents", CDX_SKIP}, {CDX_DATA, "description", CDX_SKIP},
    {CDX_DATA, "graphics", CDX_SKIP}, {CDX_DATA, "sensitiveData", CDX_SKIP},

    {CDX_GOVERNANCE, "custodians", CDX_CUSTODIANS},
    {CDX_GOVERNANCE, "owners", CDX_OWNERS},
    {CDX_GOVERNANCE, "stewards", CDX_OWNERS},

    {CDX_CUSTODIANS, "custodian", CDX_CUSTODIAN},

    {CDX_OWNERS, "owner", CDX_OWNER},

    {CDX_OWNERS, "steward", CDX_OWNER},

    {CDX_CUSTODIAN, "organization", CDX_KEEPING_COMPANY},
    {CDX_CUSTODIAN, "individual", CDX_KEEPING_PERSON},

    {CDX_OWNER, "organization", CDX_OWNING_COMPANY},
    {CDX_OWNER, "individual", CDX_OWNING_PERSON},

    {CDX_CRYPTO, "certificateProperties", CDX_CERTIFICATE},
    {CDX_CRYPTO, "relatedCryptoMaterialProperties", CDX_MATERIAL},
    {CDX_CRYPTO, "algorithmProperties", CDX_ALGORITHM},
    {CDX_CRYPTO, "assetType", CDX_SKIP}, {CDX_CRYPTO, "oid", CDX_SKIP},
    {CDX_CRYPTO, "protocolProperties", CDX_SKIP},

    {CDX_CERTIFICATE, "notValidBefore", CDX_NOT_BEFORE},
    {CDX_CERTIFICATE, "notValidAfter", CDX_NOT_AFTER},
    {CDX_CERTIFICATE, "revocationDate", CDX_REVOKED_AT},
    {CDX_CERTIFICATE, "certificateState", CDX_CERTIFICATE_STATE},
    {CDX_CERTIFICATE, "activationDate", CDX_SKIP},
    {CDX_CERTIFICATE, "certificateExtension", CDX_SKIP},
    {CDX_CERTIFICATE, "certificateExtensions", CDX_SKIP},
    {CDX_CERTIFICATE, "certificateFileExtension", CDX_SKIP},
    {CDX_CERTIFICATE, "certificateFormat", CDX_SKIP}, {CDX_CERTIFICATE, "creationDate", CDX_SKIP},
    {CDX_CERTIFICATE, "deactivationDate", CDX_SKIP},
    {CDX_CERTIFICATE, "destructionDate", CDX_SKIP}, {CDX_CERTIFICATE, "fingerprint", CDX_SKIP},
    {CDX_CERTIFICATE, "issuerName", CDX_SKIP},
    {CDX_CERTIFICATE, "relatedCryptographicAssets", CDX_SKIP},
    {CDX_CERTIFICATE, "serialNumber", CDX_SKIP},
    {CDX_CERTIFICATE, "signatureAlgorithmRef", CDX_SKIP},
    {CDX_CERTIFICATE, "subjectName", CDX_SKIP},
    {CDX_CERTIFICATE, "subjectPublicKeyRef", CDX_SKIP},

    {CDX_CERTIFICATE_STATE, "state", CDX_CRYPTO_STATE},
    {CDX_CERTIFICATE_STATE, "description", CDX_SKIP}, {CDX_CERTIFICATE_STATE, "name", CDX_SKIP},
    {CDX_CERTIFICATE_STATE, "reason", CDX_SKIP},

    {CDX_MATERIAL, "state", CDX_CRYPTO_STATE},
    {CDX_MATERIAL, "expirationDate", CDX_EXPIRES_AT},
    {CDX_MATERIAL, "activationDate", CDX_SKIP}, {CDX_MATERIAL, "algorithmRef", CDX_SKIP},
    {CDX_MATERIAL, "creationDate", CDX_SKIP}, {CDX_MATERIAL, "fingerprint", CDX_SKIP},
    {CDX_MATERIAL, "format", CDX_SKIP}, {CDX_MATERIAL, "id", CDX_SKIP},
    {CDX_MATERIAL, "relatedCryptographicAssets", CDX_SKIP}, {CDX_MATERIAL, "securedBy", CDX_SKIP},
    {CDX_MATERIAL, "size", CDX_SKIP}, {CDX_MATERIAL, "type", CDX_SKIP},
    {CDX_MATERIAL, "updateDate", CDX_SKIP}, {CDX_MATERIAL, "value", CDX_SKIP},

    {CDX_ALGORITHM, "nistQuantumSecurityLevel", CDX_QUANTUM_LEVEL},
    {CDX_ALGORITHM, "algorithmFamily", CDX_SKIP}, {CDX_ALGORITHM, "certificationLevel", CDX_SKIP},
    {CDX_ALGORITHM, "classicalSecurityLevel", CDX_SKIP},
    {CDX_ALGORITHM, "cryptoFunctions", CDX_SKIP}, {CDX_ALGORITHM, "curve", CDX_SKIP},
    {CDX_ALGORITHM, "ellipticCurve", CDX_SKIP}, {CDX_ALGORITHM, "executionEnvironment", CDX_SKIP},
    {CDX_ALGORITHM, "implementationPlatform", CDX_SKIP}, {CDX_ALGORITHM, "mode", CDX_SKIP},
    {CDX_ALGORITHM, "padding", CDX_SKIP}, {CDX_ALGORITHM, "parameterSetIdentifier", CDX_SKIP},
    {CDX_ALGORITHM, "primitive", CDX_SKIP},

    {CDX_SUPPLIER, "name", CDX_COMPANY_NAME},
    {CDX_SUPPLIER, "url", CDX_COMPANY_URL},
    {CDX_SUPPLIER, "contact", CDX_CONTACT},
    {CDX_SUPPLIER, "address", CDX_SKIP},

    {CDX_MAKER, "name", CDX_COMPANY_NAME},
    {CDX_MAKER, "url", CDX_COMPANY_URL},
    {CDX_MAKER, "contact", CDX_CONTACT},
    {CDX_MAKER, "address", CDX_SKIP},

    {CDX_BOM_MAKER, "name", CDX_COMPANY_NAME},
    {CDX_BOM_MAKER, "url", CDX_COMPANY_URL},
    {CDX_BOM_MAKER, "contact", CDX_CONTACT},
    {CDX_BOM_MAKER, "address", CDX_SKIP},

    {CDX_PROVIDER, "name", CDX_COMPANY_NAME},
    {CDX_PROVIDER, "url", CDX_COMPANY_URL},
    {CDX_PROVIDER, "contact", CDX_CONTACT},
    {CDX_PROVIDER, "address", CDX_SKIP},

    {CDX_OWNING_COMPANY, "name", CDX_COMPANY_NAME},
    {CDX_OWNING_COMPANY, "url", CDX_COMPANY_URL},
    {CDX_OWNING_COMPANY, "contact", CDX_CONTACT},
    {CDX_OWNING_COMPANY, "address", CDX_SKIP},

    {CDX_KEEPING_COMPANY, "name", CDX_COMPANY_NAME},
    {CDX_KEEPING_COMPANY, "url", CDX_COMPANY_URL},
    {CDX_KEEPING_COMPANY, "contact", CDX_CONTACT},
    {CDX_KEEPING_COMPANY, "address", CDX_SKIP},

    {CDX_COMPANY, "name", CDX_COMPANY_NAME},
    {CDX_COMPANY, "url", CDX_COMPANY_URL},
    {CDX_COMPANY, "contact", CDX_CONTACT},
    {CDX_COMPANY, "address", CDX_SKIP},

    {CDX_CONTACT, "name", CDX_PERSON_NAME},
    {CDX_CONTACT, "email", CDX_EMAIL},
    {CDX_CONTACT, "phone", CDX_SKIP},

    {CDX_AUTHOR, "name", CDX_PERSON_NAME},
    {CDX_AUTHOR, "email", CDX_EMAIL},
    {CDX_AUTHOR, "phone", CDX_SKIP},

    {CDX_KEEPING_PERSON, "name", CDX_PERSON_NAME},
    {CDX_KEEPING_PERSON, "email", CDX_EMAIL},
    {CDX_KEEPING_PERSON, "phone", CDX_SKIP},

    {CDX_OWNING_PERSON, "name", CDX_PERSON_NAME},
    {CDX_OWNING_PERSON, "email", CDX_EMAIL},
    {CDX_OWNING_PERSON, "phone", CDX_SKIP},

    {CDX_AUTHORS, "author", CDX_AUTHOR},

    {CDX_SERVICES, "service", CDX_SERVICE},

    {CDX_SERVICE, "name", CDX_NAME},
    {CDX_SERVICE, "group", CDX_GROUP},
    {CDX_SERVICE, "version", CDX_VERSION},
    {CDX_SERVICE, "provider", CDX_PROVIDER},
    {CDX_SERVICE, "endpoints", CDX_ENDPOINTS},
    {CDX_SERVICE, "authenticated", CDX_AUTHENTICATED},
    {CDX_SERVICE, "x-trust-boundary", CDX_TRUST_BOUNDARY},
    {CDX_SERVICE, "trustZone", CDX_TRUST_ZONE},
    {CDX_SERVICE, "data", CDX_SERVICE_DATA},
    {CDX_SERVICE, "services", CDX_SERVICES},
    {CDX_SERVICE, "patentAssertions", CDX_CITATIONS},
    {CDX_SERVICE, "licenses", CDX_LICENSES},
    {CDX_SERVICE, "externalReferences", CDX_REFERENCES},
    {CDX_SERVICE, "properties", CDX_PROPERTIES},
    {CDX_SERVICE, "releaseNotes", CDX_RELEASE_NOTES},
    {CDX_SERVICE, "description", CDX_SKIP}, {CDX_SERVICE, "tags", CDX_SKIP},

    {CDX_ENDPOINTS, "endpoint", CDX_ENDPOINT},

    {CDX_SERVICE_DATA, "classification", CDX_CLASSIFICATION},
    {CDX_SERVICE_DATA, "dataflow", CDX_FLOW},

    {CDX_FLOW, "classification", CDX_FLOW_CLASS},
    {CDX_FLOW, "governance", CDX_GOVERNANCE},
    {CDX_FLOW, "source", CDX_FLOW_SOURCE},
    {CDX_FLOW, "destination", CDX_FLOW_DESTINATION},

    {CDX_FLOW_SOURCE, "url", CDX_SOURCE_URL},

    {CDX_FLOW_DESTINATION, "url", CDX_DESTINATION_URL},

    {CDX_DEPENDENCIES, "dependency", CDX_DEPENDENCY},

    {CDX_DEPENDENCY, "dependency", CDX_DEPENDENCY},
    {CDX_DEPENDENCY, "provides", CDX_PROVIDES},

    {CDX_COMPOSITIONS, "composition", CDX_COMPOSITION},

    {CDX_COMPOSITION, "aggregate", CDX_AGGREGATE},
    {CDX_COMPOSITION, "assemblies", CDX_OF_COMPONENTS},
    {CDX_COMPOSITION, "dependencies", CDX_OF_DEPENDENCIES},
    {CDX_COMPOSITION, "vulnerabilities", CDX_OF_VULNERABILITIES},

    {CDX_OF_COMPONENTS, "assembly", CDX_COMPOSED_COMPONENTS},

    {CDX_OF_DEPENDENCIES, "dependency", CDX_COMPOSED_DEPENDENCIES},

    {CDX_OF_VULNERABILITIES, "vulnerability", CDX_COMPOSED_VULNERABILITIES},

    {CDX_ANNOTATIONS, "annotation", CDX_ANNOTATION},

    {CDX_ANNOTATION, "subjects", CDX_SUBJECTS},
    {CDX_ANNOTATION, "annotator", CDX_ANNOTATOR},
    {CDX_ANNOTATION, "text", CDX_ANNOTATION_TEXT},
    {CDX_ANNOTATION, "timestamp", CDX_SKIP},

    {CDX_SUBJECTS, "subject", CDX_SUBJECT_REF},

    {CDX_ANNOTATOR, "organization", CDX_OTHER},
    {CDX_ANNOTATOR, "individual", CDX_OTHER},
    {CDX_ANNOTATOR, "component", CDX_OTHER},
    {CDX_ANNOTATOR, "service", CDX_OTHER},

    {CDX_FORMULATION, "formula", CDX_FORMULA},

    {CDX_FORMULA, "components", CDX_TOOL_COMPONENTS},
    {CDX_FORMULA, "services", CDX_TOOL_SERVICES},
    {CDX_FORMULA, "workflows", CDX_WORKFLOWS},
    {CDX_FORMULA, "properties", CDX_SKIP},

    {CDX_WORKFLOWS, "workflow", CDX_WORKFLOW},

    {CDX_WORKFLOW, "tasks", CDX_TASKS},
    {CDX_WORKFLOW, "trigger", CDX_OTHER},
    {CDX_WORKFLOW, "workspaces", CDX_WORKSPACES},
    {CDX_WORKFLOW, "description", CDX_SKIP}, {CDX_WORKFLOW, "inputs", CDX_SKIP},
    {CDX_WORKFLOW, "name", CDX_SKIP}, {CDX_WORKFLOW, "outputs", CDX_SKIP},
    {CDX_WORKFLOW, "properties", CDX_SKIP}, {CDX_WORKFLOW, "resourceReferences", CDX_SKIP},
    {CDX_WORKFLOW, "runtimeTopology", CDX_SKIP}, {CDX_WORKFLOW, "steps", CDX_SKIP},
    {CDX_WORKFLOW, "taskDependencies", CDX_SKIP}, {CDX_WORKFLOW, "taskTypes", CDX_SKIP},
    {CDX_WORKFLOW, "timeEnd", CDX_SKIP}, {CDX_WORKFLOW, "timeStart", CDX_SKIP},
    {CDX_WORKFLOW, "uid", CDX_SKIP},

    {CDX_TASKS, "task", CDX_TASK},

    {CDX_TASK, "trigger", CDX_OTHER},
    {CDX_TASK, "workspaces", CDX_WORKSPACES},
    {CDX_TASK, "description", CDX_SKIP}, {CDX_TASK, "inputs", CDX_SKIP},
    {CDX_TASK, "name", CDX_SKIP}, {CDX_TASK, "outputs", CDX_SKIP},
    {CDX_TASK, "properties", CDX_SKIP}, {CDX_TASK, "resourceReferences", CDX_SKIP},
    {CDX_TASK, "runtimeTopology", CDX_SKIP}, {CDX_TASK, "steps", CDX_SKIP},
    {CDX_TASK, "taskTypes", CDX_SKIP}, {CDX_TASK, "timeEnd", CDX_SKIP},
    {CDX_TASK, "timeStart", CDX_SKIP}, {CDX_TASK, "uid", CDX_SKIP},

    {CDX_WORKSPACES, "workspace", CDX_OTHER},

    {CDX_VULNERABILITIES, "vulnerability", CDX_VULNERABILITY},

    {CDX_VULNERABILITY, "id", CDX_VULNERABILITY_ID},
    {CDX_VULNERABILITY, "created", CDX_CREATED},
    {CDX_VULNERABILITY, "published", CDX_PUBLISHED},
    {CDX_VULNERABILITY, "rejected", CDX_REJECTED},
    {CDX_VULNERABILITY, "ratings", CDX_RATINGS},
    {CDX_VULNERABILITY, "analysis", CDX_ANALYSIS},
    {CDX_VULNERABILITY, "affects", CDX_AFFECTS},
    {CDX_VULNERABILITY, "tools", CDX_TOOLS},
    {CDX_VULNERABILITY, "advisories", CDX_SKIP}, {CDX_VULNERABILITY, "credits", CDX_SKIP},
    {CDX_VULNERABILITY, "cwes", CDX_SKIP}, {CDX_VULNERABILITY, "description", CDX_SKIP},
    {CDX_VULNERABILITY, "detail", CDX_SKIP}, {CDX_VULNERABILITY, "proofOfConcept", CDX_SKIP},
    {CDX_VULNERABILITY, "properties", CDX_SKIP}, {CDX_VULNERABILITY, "recommendation", CDX_SKIP},
    {CDX_VULNERABILITY, "references", CDX_SKIP}, {CDX_VULNERABILITY, "source", CDX_SKIP},
    {CDX_VULNERABILITY, "updated", CDX_SKIP}, {CDX_VULNERABILITY, "workaround", CDX_SKIP},

    {CDX_RATINGS, "rating", CDX_RATING},

    {CDX_RATING, "score", CDX_RATING_SCORE},
    {CDX_RATING, "method", CDX_RATING_METHOD},
    {CDX_RATING, "justification", CDX_SKIP}, {CDX_RATING, "severity", CDX_SKIP},
    {CDX_RATING, "source", CDX_SKIP}, {CDX_RATING, "vector", CDX_SKIP},

    {CDX_ANALYSIS, "state", CDX_ANALYSIS_STATE},
    {CDX_ANALYSIS, "justification", CDX_JUSTIFICATION},
    {CDX_ANALYSIS, "firstIssued", CDX_FIRST_ISSUED},
    {CDX_ANALYSIS, "lastUpdated", CDX_LAST_UPDATED},
    {CDX_ANALYSIS, "detail", CDX_SKIP}, {CDX_ANALYSIS, "responses", CDX_SKIP},

    {CDX_AFFECTS, "target", CDX_TARGET},

    {CDX_TARGET, "ref", CDX_TARGET_REF},
    {CDX_TARGET, "versions", CDX_TARGET_VERSIONS},

    {CDX_TARGET_VERSIONS, "version", CDX_TARGET_VERSION},

    {CDX_TARGET_VERSION, "status", CDX_TARGET_STATUS},
    {CDX_TARGET_VERSION, "range", CDX_SKIP}, {CDX_TARGET_VERSION, "version", CDX_SKIP},

    {CDX_DECLARATIONS, "assessors", CDX_ASSESSORS},
    {CDX_DECLARATIONS, "attestations", CDX_ATTESTATIONS},
    {CDX_DECLARATIONS, "claims", CDX_CLAIMS},
    {CDX_DECLARATIONS, "evidence", CDX_PROOFS},
    {CDX_DECLARATIONS, "targets", CDX_TARGETS},
    {CDX_DECLARATIONS, "affirmation", CDX_AFFIRMATION},

    {CDX_ASSESSORS, "assessor", CDX_ASSESSOR},

    {CDX_ASSESSOR, "thirdParty", CDX_THIRD_PARTY},
    {CDX_ASSESSOR, "organization", CDX_COMPANY},

    {CDX_ATTESTATIONS, "attestation", CDX_ATTESTATION},

    {CDX_ATTESTATION, "assessor", CDX_ATTESTATION_ASSESSOR},
    {CDX_ATTESTATION, "map", CDX_MAP},
    {CDX_ATTESTATION, "summary", CDX_SKIP},

    {CDX_MAP, "requirement", CDX_MAP_REQUIREMENT},
    {CDX_MAP, "claims", CDX_MAP_CLAIMS},
    {CDX_MAP, "counterClaims", CDX_MAP_CLAIMS},
    {CDX_MAP, "conformance", CDX_CONFORMANCE},
    {CDX_MAP, "confidence", CDX_CONFIDENCE},

    {CDX_MAP_CLAIMS, "claim", CDX_MAP_CLAIM},

    {CDX_MAP_CLAIMS, "counterClaim", CDX_MAP_COUNTER_CLAIM},

    {CDX_CONFORMANCE, "score", CDX_CONFORMANCE_SCORE},
    {CDX_CONFORMANCE, "mitigationStrategies", CDX_SKIP}, {CDX_CONFORMANCE, "rationale", CDX_SKIP},

    {CDX_CONFIDENCE, "score", CDX_CONFIDENCE_SCORE},
    {CDX_CONFIDENCE, "rationale", CDX_SKIP},

    {CDX_CLAIMS, "claim", CDX_CLAIM},

    {CDX_CLAIM, "target", CDX_CLAIM_TARGET},
    {CDX_CLAIM, "evidence", CDX_CLAIM_EVIDENCE},
    {CDX_CLAIM, "counterEvidence", CDX_CLAIM_COUNTER},
    {CDX_CLAIM, "externalReferences", CDX_SKIP}, {CDX_CLAIM, "mitigationStrategies", CDX_SKIP},
    {CDX_CLAIM, "predicate", CDX_SKIP}, {CDX_CLAIM, "reasoning", CDX_SKIP},

    {CDX_PROOFS, "evidence", CDX_PROOF},

    {CDX_PROOF, "created", CDX_PROOF_CREATED},
    {CDX_PROOF, "expires", CDX_PROOF_EXPIRES},
    {CDX_PROOF, "author", CDX_SKIP}, {CDX_PROOF, "data", CDX_SKIP},
    {CDX_PROOF, "description", CDX_SKIP}, {CDX_PROOF, "propertyName", CDX_SKIP},
    {CDX_PROOF, "reviewer", CDX_SKIP},

    {CDX_TARGETS, "organizations", CDX_ORGANIZATIONS},
    {CDX_TARGETS, "components", CDX_COMPONENTS},
    {CDX_TARGETS, "services", CDX_SERVICES},

    {CDX_ORGANIZATIONS, "organization", CDX_COMPANY},

    {CDX_AFFIRMATION, "statement", CDX_STATEMENT},
    {CDX_AFFIRMATION, "signatories", CDX_SKIP},

    {CDX_DEFINITIONS, "standards", CDX_STANDARDS},
    {CDX_DEFINITIONS, "patents", CDX_PATENTS},

    {CDX_STANDARDS, "standard", CDX_STANDARD},

    {CDX_STANDARD, "requirements", CDX_REQUIREMENTS},
    {CDX_STANDARD, "levels", CDX_LEVELS},
    {CDX_STANDARD, "description", CDX_SKIP}, {CDX_STANDARD, "externalReferences", CDX_SKIP},
    {CDX_STANDARD, "name", CDX_SKIP}, {CDX_STANDARD, "owner", CDX_SKIP},
    {CDX_STANDARD, "version", CDX_SKIP},

    {CDX_REQUIREMENTS, "requirement", CDX_OTHER},

    {CDX_LEVELS, "level", CDX_OTHER},

    {CDX_PATENTS, "patent", CDX_OTHER},
    {CDX_PATENTS, "patentFamily", CDX_OTHER},

    {CDX_CITATIONS, "citation", CDX_OTHER},

    {CDX_CITATIONS, "patentAssertion", CDX_OTHER},

    {CDX_METADATA, "timestamp", CDX_TIMESTAMP},
    {CDX_METADATA, "lifecycles", CDX_LIFECYCLES},
    {CDX_METADATA, "tools", CDX_TOOLS},
    {CDX_METADATA, "authors", CDX_AUTHORS},
    {CDX_METADATA, "component", CDX_COMPONENT},
    {CDX_METADATA, "manufacture", CDX_MAKER},
    {CDX_METADATA, "manufacturer", CDX_BOM_MAKER},
    {CDX_METADATA, "supplier", CDX_SUPPLIER},
    {CDX_METADATA, "distributionConstraints", CDX_DISTRIBUTION},
    {CDX_METADATA, "licenses", CDX_SKIP}, {CDX_METADATA, "properties", CDX_SKIP},

    {CDX_LIFECYCLES, "lifecycle", CDX_LIFECYCLE},

    {CDX_LIFECYCLE, "phase", CDX_PHASE},
    {CDX_LIFECYCLE, "name", CDX_PHASE},
    {CDX_LIFECYCLE, "description", CDX_SKIP},

    {CDX_TOOLS, "components", CDX_TOOL_COMPONENTS},
    {CDX_TOOLS, "services", CDX_TOOL_SERVICES},
    {CDX_TOOLS, "tool", CDX_SKIP},

    {CDX_TOOL_COMPONENTS, "component", CDX_OTHER},

    {CDX_TOOL_SERVICES, "service", CDX_OTHER},

    {CDX_DISTRIBUTION, "tlp", CDX_TLP},
};

/* States whose text is wanted, as the words of a bit set. */
#define IN(word, state) ((state) / 64 == (word) ? UINT64_C(1) << ((state) % 64) : 0)
#define TEXTS(w) \
    (IN(w, CDX_NAME) | IN(w, CDX_GROUP) | IN(w, CDX_VERSION) | IN(w, CDX_VERSION_RANGE) | \
     IN(w, CDX_SCOPE) | IN(w, CDX_PUBLISHER) | IN(w, CDX_AUTHOR_TEXT) | IN(w, CDX_PURL) | \
     IN(w, CDX_CPE) | IN(w, CDX_GITOID) | IN(w, CDX_SWHID) | IN(w, CDX_HASH) |          \
     IN(w, CDX_EXPIRATION) | IN(w, CDX_LAST_RENEWAL) | IN(w, CDX_REFERENCE_URL) |       \
     IN(w, CDX_PROPERTY) | IN(w, CDX_VARIANT_NAME) | IN(w, CDX_VARIANT_PURL) |          \
     IN(w, CDX_ISSUE_ID) | IN(w, CDX_RELEASE_TIME) | IN(w, CDX_IDENTITY_FIELD) |        \
     IN(w, CDX_IDENTITY_CONFIDENCE) | IN(w, CDX_DATASET_REF) | IN(w, CDX_DATA_NAME) |   \
     IN(w, CDX_DATA_TYPE) | IN(w, CDX_DATA_CLASS) | IN(w, CDX_NOT_BEFORE) |             \
     IN(w, CDX_NOT_AFTER) | IN(w, CDX_REVOKED_AT) | IN(w, CDX_EXPIRES_AT) |             \
     IN(w, CDX_CRYPTO_STATE) | IN(w, CDX_QUANTUM_LEVEL) | IN(w, CDX_COMPANY_NAME) |     \
     IN(w, CDX_COMPANY_URL) | IN(w, CDX_PERSON_NAME) | IN(w, CDX_EMAIL) |               \
     IN(w, CDX_ENDPOINT) | IN(w, CDX_AUTHENTICATED) |               \
     IN(w, CDX_TRUST_BOUNDARY) | IN(w, CDX_TRUST_ZONE) | IN(w, CDX_CLASSIFICATION) |    \
     IN(w, CDX_FLOW_CLASS) | IN(w, CDX_SOURCE_URL) | IN(w, CDX_DESTINATION_URL) |       \
     IN(w, CDX_AGGREGATE) | IN(w, CDX_ANNOTATION_TEXT) | IN(w, CDX_VULNERABILITY_ID) |  \
     IN(w, CDX_CREATED) | IN(w, CDX_PUBLISHED) | IN(w, CDX_REJECTED) |                  \
     IN(w, CDX_RATING_SCORE) | IN(w, CDX_RATING_METHOD) | IN(w, CDX_ANALYSIS_STATE) |   \
     IN(w, CDX_JUSTIFICATION) | IN(w, CDX_FIRST_ISSUED) | IN(w, CDX_LAST_UPDATED) |     \
     IN(w, CDX_TARGET_REF) | IN(w, CDX_TARGET_STATUS) | IN(w, CDX_THIRD_PARTY) |        \
     IN(w, CDX_ATTESTATION_ASSESSOR) | IN(w, CDX_MAP_REQUIREMENT) |                     \
     IN(w, CDX_MAP_CLAIM) | IN(w, CDX_MAP_COUNTER_CLAIM) |                              \
     IN(w, CDX_CONFORMANCE_SCORE) | IN(w, CDX_CONFIDENCE_SCORE) |                       \
     IN(w, CDX_CLAIM_TARGET) | IN(w, CDX_CLAIM_EVIDENCE) | IN(w, CDX_CLAIM_COUNTER) |   \
     IN(w, CDX_PROOF_CREATED) | IN(w, CDX_PROOF_EXPIRES) | IN(w, CDX_STATEMENT) |       \
     IN(w, CDX_TIMESTAMP) | IN(w, CDX_PHASE) | IN(w, CDX_TLP))

/* States of which nothing but the text is wanted, where they are many. */
#define LEAVES(w) \
    (IN(w, CDX_NAME) | IN(w, CDX_GROUP) | IN(w, CDX_VERSION) | IN(w, CDX_SCOPE) |       \
     IN(w, CDX_PUBLISHER) | IN(w, CDX_AUTHOR_TEXT) | IN(w, CDX_PURL) | IN(w, CDX_CPE) | \
     IN(w, CDX_REFERENCE_URL) | IN(w, CDX_COMPANY_NAME) | IN(w, CDX_COMPANY_URL))

/* clang-format on */

const CpsfXmlDialect cdx_dialect = {
    .name = "cyclonedx",
    .rules = cdx_rules,
    .n_rules = G_N_ELEMENTS(cdx_rules),
    .text_states = {TEXTS(0), TEXTS(1), TEXTS(2), TEXTS(3)},
    .skip_states = {CPSF_XML_TEXT(CDX_SKIP)},
    .leaf_states = {LEAVES(0), LEAVES(1), LEAVES(2), LEAVES(3)},
    .start = cdx_start,
    .end = cdx_end,
    .unknown = cdx_unknown,
};
