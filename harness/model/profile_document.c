/* The papers that are evidence for clauses. */
#include "model/profile_tables.h"

#include <string.h>

enum { ID_LENGTH_MAX = 64, URL_LENGTH_MAX = 2000 };

#define AT(type, member) .offset = offsetof(struct type, member)
#define COUNT(type, member) .count_offset = offsetof(struct type, member)

static const char *const kinds[] = {
    "disclosure-policy",
    "update-policy",
    "manual",
    "product-information",
    "design",
    "psti-statement",
    "photo",
    "security-txt",
    "sbom",
    "scan-report",
    "other",
    NULL,
};
static const char *const languages[] = { "ja", "en", NULL };

static const struct field document_fields[] = {
    { .key = "id",
      .kind = &kind_marked,
      AT(document_raw, id),
      .flags = FIELD_REQUIRED,
      .help = "a short name of letters, digits, '.', '_' and '-'; its copy in a bundle has it" },
    { .key = "clause",
      .kind = &kind_text_or_texts,
      AT(document_raw, document.clauses),
      COUNT(document_raw, document.clause_count),
      .flags = FIELD_REQUIRED,
      .help = "clause ids it is evidence for" },
    { .key = "url",
      .kind = &kind_marked,
      AT(document_raw, url),
      .help = "where it is published, http or https; a run fetches it and keeps a dated copy" },
    { .key = "file",
      .kind = &kind_path,
      AT(document_raw, document.file),
      .help = "a copy; read when there is no 'url', or when that cannot be fetched" },
    { .key = "trust",
      .kind = &kind_path,
      AT(document_raw, document.trust),
      .help = "PEM file of the authority of the URL's server; the system's own unless given" },
    { .key = "kind",
      .kind = &kind_word,
      AT(document_raw, document.kind),
      .detail = kinds,
      .help = "what it is; design: how the product does what a clause asks; psti-statement: a "
              "statement of compliance under the UK's PSTI regime" },
    { .key = "language",
      .kind = &kind_word,
      AT(document_raw, document.language),
      .detail = languages,
      .help = "of its text" },
    { .key = "vex",
      .kind = &kind_path,
      AT(document_raw, document.vex),
      .help = "with an SBOM: its VEX file" },
    FIELD_END,
};
const struct record profile_document_record = { "a document", document_fields,
                                                sizeof(struct document_raw), true };

bool document_serves(const struct document *document, const char *clause)
{
    for (size_t i = 0; clause != NULL && i < document->clause_count; i++) {
        if (strcmp(document->clauses[i], clause) == 0) {
            return true;
        }
    }
    return false;
}

static bool id_fits(const char *id)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    return id[0] != '.' && strlen(id) <= ID_LENGTH_MAX && strspn(id, letters) == strlen(id);
}

/* A name and a password in a URL would stand in every record of the run. */
static bool url_fits(const char *url)
{
    const char *host = NULL;
    size_t length;

    if (text_starts_with(url, "https://")) {
        host = url + strlen("https://");
    } else if (text_starts_with(url, "http://")) {
        host = url + strlen("http://");
    }
    if (host == NULL || strlen(url) > URL_LENGTH_MAX) {
        return false;
    }
    for (const char *at = url; *at != '\0'; at++) {
        if (*at <= ' ' || *at >= 0x7f) {
            return false;
        }
    }
    length = strcspn(host, "/?#");
    return length > 0 && memchr(host, '@', length) == NULL;
}

void profile_documents_resolve(const struct profile_raw *raw, struct problems *problems,
                               struct arena *arena, struct profile *profile)
{
    struct document *documents = arena_array(arena, raw->document_count, sizeof *documents);

    for (size_t i = 0; i < raw->document_count; i++) {
        const struct document_raw *from = &raw->documents[i];

        documents[i] = from->document;
        documents[i].id = from->id.text;
        documents[i].url = from->url.text;
        if (documents[i].id == NULL) {
            continue; /* said already */
        }
        if (!id_fits(documents[i].id)) {
            problem_at(problems, from->id.node->mark,
                       "an id has letters, digits, '.', '_' and '-', at most %d", ID_LENGTH_MAX);
        }
        if (documents[i].url == NULL && documents[i].file == NULL) {
            problem_at(problems, from->head.node->mark, "document '%s' needs 'url' or 'file'",
                       text_shown(arena, documents[i].id));
        }
        if (documents[i].url != NULL && !url_fits(documents[i].url)) {
            problem_at(problems, from->url.node->mark,
                       "'url' must begin with https:// or http://, without a user and spaces");
        }
        for (size_t j = 0; j < i; j++) {
            if (documents[j].id != NULL && strcmp(documents[j].id, documents[i].id) == 0) {
                problem_at(problems, from->id.node->mark, "there is another document with this id");
            }
        }
    }
    profile->documents = documents;
    profile->document_count = raw->document_count;
}
