/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Strict mode of the door: a document is held against an XSD while it streams past.
 *
 * The schemas are the operator's own files, in one folder.  libxml2 would look for what they import
 * wherever they say, on the network if need be, and its catalogues and loaders belong to the
 * process.  So the files are found first, leaves before what imports them, and one schema made here
 * imports each by its file name: libxml2 takes the first import of a namespace and passes over all
 * later ones.
 */

#include "config.h"

#include "cpsf-libxml-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define XSD_NAMESPACE "http://www.w3.org/2001/XMLSchema"
#define MAX_SCHEMA_DEPTH 16 /* folders below the one named */
#define MAX_VIOLATIONS 1000 /* that one document is told about */
#define LOCAL_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)

struct _CpsfXmlSchema {
    xmlSchemaPtr schema;           /* (owned) */
    xmlSchemaValidCtxtPtr context; /* (owned) */
    xmlSchemaSAXPlugPtr plug;      /* (owned) */
    xmlSAXHandler empty;           /* what the validator hands events on to: nothing */
    xmlSAXHandlerPtr handler;      /* the validator's */
    void *handler_data;
    CpsfXmlViolation violation;
    void *data;
    int n_violations;
};

/* A search through a folder of schemas. */
typedef struct {
    char *folder;       /* (owned) absolute */
    GPtrArray *files;   /* (owned) of char *: every .xsd below, sorted */
    GHashTable *places; /* (owned) location to file: the folder's catalog.xml */
    GHashTable *seen;   /* (owned) set of files: those walked through, or being so */
    GPtrArray *open;    /* (owned) of char *, borrowed: those being walked through */
    GHashTable *listed; /* (owned) set of namespaces in `driver` */
    GString *driver;    /* (owned) imports, leaves first */
} Search;

static void
search_clear(Search *s)
{
    g_free(s->folder);
    g_ptr_array_unref(s->files);
    g_hash_table_unref(s->places);
    g_hash_table_unref(s->seen);
    g_ptr_array_unref(s->open);
    g_hash_table_unref(s->listed);
    g_string_free(s->driver, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Search, search_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Every .xsd below @folder; links are not followed. */
static void
collect_files(const char *folder, GPtrArray *files, int depth)
{
    g_autoptr(GDir) dir = depth < MAX_SCHEMA_DEPTH ? g_dir_open(folder, 0, NULL) : NULL;
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        GStatBuf info;

        if (g_lstat(path, &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode))
            collect_files(path, files, depth + 1);
        else if (S_ISREG(info.st_mode) && g_str_has_suffix(name, ".xsd"))
            g_ptr_array_add(files, g_steal_pointer(&path));
    }
}

/* The document at @path if it holds @needle (nullable); NULL if it does not, or is no XML. */
static xmlDoc *
load(const char *path, const char *needle)
{
    g_autofree char *text = NULL;
    size_t length = 0;

    if (!g_file_get_contents(path, &text, &length, NULL) || length > G_MAXINT)
        return NULL;
    if (needle != NULL && strstr(text, needle) == NULL)
        return NULL;
    return xmlReadMemory(text, (int) length, path, NULL, LOCAL_OPTIONS);
}

static char *
attribute(const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNoNsProp((xmlNodePtr) node, (const xmlChar *) name);
    char *copy = g_strdup((const char *) value);

    xmlFree(value);
    return copy;
}

static gboolean
is_element(const xmlNode *node, const char *uri, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns != NULL &&
           strcmp((const char *) node->ns->href, uri) == 0 &&
           (name == NULL || strcmp((const char *) node->name, name) == 0);
}

static gboolean
declares(const xmlNode *schema, const char *element)
{
    for (const xmlNode *n = schema->children; n != NULL; n = n->next) {
        g_autofree char *name =
            is_element(n, XSD_NAMESPACE, "element") ? attribute(n, "name") : NULL;

        if (g_strcmp0(name, element) == 0)
            return TRUE;
    }
    return FALSE;
}

/* The first file whose schema is for @uri and declares @element (nullable: any). */
static const char *
find_namespace(const Search *s, const char *uri, const char *element)
{
    for (guint i = 0; i < s->files->len; i++) {
        g_autoptr(xmlDoc) doc = load(s->files->pdata[i], uri);
        const xmlNode *root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
        g_autofree char *target = NULL;

        if (root == NULL || !is_element(root, XSD_NAMESPACE, "schema"))
            continue;
        target = attribute(root, "targetNamespace");
        if (g_strcmp0(target, uri) == 0 && (element == NULL || declares(root, element)))
            return s->files->pdata[i];
    }
    return NULL;
}

static void
read_catalog(Search *s)
{
    static const char uri[] = "urn:oasis:names:tc:entity:xmlns:xml:catalog";
    g_autofree char *path = g_build_filename(s->folder, "catalog.xml", NULL);
    g_autoptr(xmlDoc) doc = load(path, uri);
    const xmlNode *root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;

    for (const xmlNode *n = root != NULL ? root->children : NULL; n != NULL; n = n->next) {
        if (!is_element(n, uri, NULL))
            continue;

        char *location =
            attribute(n, strcmp((const char *) n->name, "uri") == 0 ? "name" : "systemId");
        g_autofree char *file = attribute(n, "uri");

        if (location != NULL && file != NULL)
            g_hash_table_replace(s->places, location, g_canonicalize_filename(file, s->folder));
        else
            g_free(location);
    }
}

/* The file that a schema at @path means: by catalogue, by name, by namespace; NULL if none is in
 * the folder. */
static char *
resolve(const Search *s, const char *path, const char *location, const char *uri)
{
    g_autofree char *below = g_strconcat(s->folder, "/", NULL);
    g_autofree char *base = g_path_get_dirname(path);
    g_autofree char *file = NULL;
    const char *known = location != NULL ? g_hash_table_lookup(s->places, location) : NULL;

    if (known != NULL)
        file = g_strdup(known);
    else if (location != NULL && strstr(location, "://") == NULL)
        file = g_canonicalize_filename(location, base);
    if (file != NULL && g_str_has_prefix(file, below) && g_file_test(file, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer(&file);
    return uri != NULL ? g_strdup(find_namespace(s, uri, NULL)) : NULL;
}

static gboolean walk(Search *s, const char *path, GError **error);

/* An import, include or redefine in the schema at @path. */
static gboolean
walk_reference(Search *s, const char *path, const xmlNode *node, GError **error)
{
    const gboolean is_import = is_element(node, XSD_NAMESPACE, "import");
    g_autofree char *location = attribute(node, "schemaLocation");
    g_autofree char *uri = is_import ? attribute(node, "namespace") : NULL;
    const gboolean is_remote = location != NULL && strstr(location, "://") != NULL;
    g_autofree char *file = resolve(s, path, location, uri);

    if (location == NULL && file == NULL)
        return TRUE; /* names that libxml2 knows by itself */
    if (file == NULL || (is_remote && !is_import))
        return cpsf_fail(error, CPSF_ERROR_INVALID_DATA,
                         "schema %s needs %s, which is not in the folder", path, location);
    for (guint i = 0; is_remote && i < s->open->len; i++)
        if (strcmp(s->open->pdata[i], file) == 0)
            return cpsf_fail(error, CPSF_ERROR_INVALID_DATA,
                             "schema %s imports %s, which imports it", path, location);
    return walk(s, file, error);
}

/* Lists the namespace of @path after all that it needs. */
static gboolean
walk(Search *s, const char *path, GError **error)
{
    if (!g_hash_table_add(s->seen, g_strdup(path)))
        return TRUE;

    g_autoptr(xmlDoc) doc = load(path, NULL);
    const xmlNode *root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    g_autofree char *uri = root != NULL ? attribute(root, "targetNamespace") : NULL;
    g_autofree char *file = g_filename_to_uri(path, NULL, NULL);

    if (root == NULL || file == NULL)
        return cpsf_fail(error, CPSF_ERROR_INVALID_DATA, "schema %s is not well-formed", path);
    g_ptr_array_add(s->open, (char *) path);
    for (const xmlNode *n = root->children; n != NULL; n = n->next)
        if ((is_element(n, XSD_NAMESPACE, "import") || is_element(n, XSD_NAMESPACE, "include") ||
             is_element(n, XSD_NAMESPACE, "redefine")) &&
            !walk_reference(s, path, n, error))
            return FALSE;
    g_ptr_array_set_size(s->open, (int) s->open->len - 1);
    if (uri != NULL && g_hash_table_add(s->listed, g_strdup(uri))) {
        g_autofree char *import =
            g_markup_printf_escaped("<import namespace=\"%s\" schemaLocation=\"%s\"/>", uri, file);

        g_string_append(s->driver, import);
    }
    return TRUE;
}

static void
keep_first(void *data, xmlErrorPtr fault)
{
    char **message = data;

    if (*message == NULL && fault->level >= XML_ERR_ERROR)
        *message = g_strstrip(g_strdup(fault->message != NULL ? fault->message : "not valid"));
}

static xmlSchemaPtr
compile(const Search *s, GError **error)
{
    g_autofree char *text =
        g_strdup_printf("<schema xmlns=\"" XSD_NAMESPACE "\">%s</schema>", s->driver->str);
    g_autoptr(xmlDoc) doc = xmlReadMemory(text, (int) strlen(text), NULL, NULL, LOCAL_OPTIONS);
    xmlSchemaParserCtxtPtr parser = doc != NULL ? xmlSchemaNewDocParserCtxt(doc) : NULL;
    g_autofree char *message = NULL;
    xmlSchemaPtr schema = NULL;

    if (parser == NULL)
        return cpsf_fail_null(error, CPSF_ERROR_NO_MEMORY, "no memory for a schema");
    xmlSchemaSetParserStructuredErrors(parser, keep_first, &message);
    schema = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    if (schema == NULL || message != NULL) {
        xmlSchemaFree(schema);
        return cpsf_fail_null(error, CPSF_ERROR_INVALID_DATA, "schema in %s: %s", s->folder,
                              message != NULL ? message : "not valid");
    }
    return schema;
}

static void
on_violation(void *data, xmlErrorPtr fault)
{
    CpsfXmlSchema *self = data;

    if (fault->level < XML_ERR_ERROR || self->n_violations > MAX_VIOLATIONS)
        return;
    self->violation(self->data, self->n_violations++ < MAX_VIOLATIONS
                                    ? fault->message
                                    : "further violations are not listed");
}

static gboolean
plug(CpsfXmlSchema *self)
{
    self->empty.initialized = XML_SAX2_MAGIC;
    self->handler = &self->empty;
    self->context = xmlSchemaNewValidCtxt(self->schema);
    if (self->context == NULL)
        return FALSE;
    xmlSchemaSetValidStructuredErrors(self->context, on_violation, self);
    self->plug = xmlSchemaSAXPlug(self->context, &self->handler, &self->handler_data);
    return self->plug != NULL;
}

static void
search_init(Search *s, const char *folder)
{
    s->folder = g_canonicalize_filename(folder, NULL);
    s->files = g_ptr_array_new_with_free_func(g_free);
    s->places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    s->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    s->open = g_ptr_array_new();
    s->listed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    s->driver = g_string_new(NULL);
    collect_files(s->folder, s->files, 0);
    g_ptr_array_sort(s->files, compare_names);
    read_catalog(s);
}

gboolean
cpsf_xml_schema_open(const char *folder,
                     const char *namespace_uri,
                     const char *root,
                     CpsfXmlViolation violation,
                     void *data,
                     CpsfXmlSchema **self,
                     GError **error)
{
    static gsize is_initialised = 0;
    g_auto(Search) search = {0};
    const char *path;
    xmlSchemaPtr schema;

    search_init(&search, folder);
    if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
        return cpsf_fail(error, CPSF_ERROR_IO, "%s is no folder of schemas", folder);
    if (g_once_init_enter(&is_initialised)) {
        xmlSchemaInitTypes(); /* not safe in two threads */
        g_once_init_leave(&is_initialised, 1);
    }
    path = find_namespace(&search, namespace_uri, root);
    if (path == NULL)
        return TRUE;
    if (!walk(&search, path, error))
        return FALSE;
    schema = compile(&search, error);
    if (schema == NULL)
        return FALSE;

    CpsfXmlSchema *made = g_new0(CpsfXmlSchema, 1);

    made->schema = schema;
    made->violation = violation;
    made->data = data;
    if (!plug(made)) {
        cpsf_xml_schema_close(made);
        return cpsf_fail(error, CPSF_ERROR_NO_MEMORY, "no memory for a schema");
    }
    *self = made;
    return TRUE;
}

void
cpsf_xml_schema_close(CpsfXmlSchema *self)
{
    if (self->plug != NULL)
        xmlSchemaSAXUnplug(self->plug);
    if (self->context != NULL)
        xmlSchemaFreeValidCtxt(self->context);
    xmlSchemaFree(self->schema);
    g_free(self);
}

const xmlSAXHandler *
cpsf_xml_schema_get_handler(CpsfXmlSchema *self, void **data)
{
    *data = self->handler_data;
    return self->handler;
}
