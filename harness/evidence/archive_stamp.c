#include "evidence/archive_stamp.h"

#include "base/text.h"
#include "evidence/archive.h"
#include "evidence/container_write.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/sigstore.h"
#include "evidence/statement.h"
#include "evidence/tst_request.h"

#include <stdlib.h>
#include <string.h>

enum { PIECES_MAX = 64, MATERIAL_MAX = 64, MANIFEST_FILE_MAX = 32 << 20 };

static const char att_prefix[] = "META-INF/att/";

struct val_file {
    const char *name;
    struct tst_blob content;
    bool is_list;
};

struct stamp {
    struct arena *arena;
    struct container_reader *reader;
    const struct manifest *manifest;
    struct val_file material[MATERIAL_MAX];
    size_t material_count;
    struct stamp_piece pieces[PIECES_MAX];
    size_t piece_count;
    const char *record;            /* of a renewal: the list's name; NULL: none */
    const char *named[PIECES_MAX]; /* statements that an evaluation names */
    size_t named_count;
};

static struct tst_blob keep(const struct stamp *stamp, const void *data, size_t length)
{
    uint8_t *kept = arena_alloc(stamp->arena, length + 1);

    if (length > 0) {
        memcpy(kept, data, length);
    }
    return (struct tst_blob){ kept, length };
}

enum status stamp_open(const char *path, struct arena *arena, struct stamp **ret_stamp,
                       struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(MANIFEST_FILE_MAX);
    DEFER(stamp_done) struct stamp *stamp = calloc(1, sizeof *stamp);
    const struct container_entry *entry;

    if (stamp == NULL) {
        abort();
    }
    stamp->arena = arena;
    TRY(container_read_open(path, NULL, &stamp->reader, reterr));
    entry = container_read_find(stamp->reader, CONTAINER_MANIFEST);
    if (entry == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "manifest.missing: there is none");
    }
    TRY(container_read_bytes(stamp->reader, entry, &content, reterr));
    TRY(manifest_read(content.data, content.length, arena, NULL, NULL, &stamp->manifest, reterr));
    TRY(manifest_match(stamp->manifest, stamp->reader, NULL, NULL, NULL, reterr));
    *ret_stamp = stamp;
    stamp = NULL;
    return STATUS_OK;
}

void stamp_done(struct stamp **stamp)
{
    if (*stamp != NULL) {
        container_read_done(&(*stamp)->reader);
        free(*stamp);
    }
    *stamp = NULL;
}

enum status stamp_material(struct stamp *stamp, const char *kind, const void *data, size_t length,
                           struct error *reterr)
{
    char hex[DIGEST_HEX_SIZE];
    struct digest digest;
    const char *name;

    if (stamp->material_count == MATERIAL_MAX) {
        return fail(reterr, STATUS_LIMIT, "stamp.material: more than %d files", MATERIAL_MAX);
    }
    TRY(digest_of(data, length, &digest, reterr));
    digest_to_hex(&digest, hex);
    name = arena_format(stamp->arena, "META-INF/val/%s.%s", hex, kind);
    if (container_read_find(stamp->reader, name) == NULL) {
        stamp->material[stamp->material_count++] = (struct val_file){
            .name = name, .content = keep(stamp, data, length), .is_list = text_equal(kind, "crl")
        };
    }
    return STATUS_OK;
}

static enum status add_piece(struct stamp *stamp, const char *name, const void *over, size_t length,
                             struct error *reterr)
{
    struct stamp_piece *piece;

    if (stamp->piece_count == PIECES_MAX) {
        return fail(reterr, STATUS_LIMIT, "stamp.count: more than %d statements", PIECES_MAX);
    }
    piece = &stamp->pieces[stamp->piece_count++];
    *piece = (struct stamp_piece){ .name = name, .over = keep(stamp, over, length) };
    return digest_of(over, length, &piece->imprint, reterr);
}

/* ---- statements ---- */

static void take_names(struct stamp *stamp, const struct statement_evaluation *evaluation)
{
    for (size_t i = 0; i < evaluation->input_count && stamp->named_count < PIECES_MAX; i++) {
        stamp->named[stamp->named_count++] = arena_text(stamp->arena, evaluation->inputs[i].name);
    }
}

static bool is_named(const struct stamp *stamp, const char *name)
{
    for (size_t i = 0; i < stamp->named_count; i++) {
        if (text_equal(stamp->named[i], name)) {
            return true;
        }
    }
    return false;
}

static enum status read_envelope(const struct stamp *stamp, const struct container_entry *entry,
                                 struct bytes *file, struct sigstore *envelope,
                                 struct error *reterr)
{
    TRY(container_read_bytes(stamp->reader, entry, file, reterr));
    return sigstore_read(file->data, file->length, envelope, reterr);
}

/* A statement of a kind that this build does not know names nothing that it could spoil. */
static enum status note_inputs(struct stamp *stamp, const struct container_entry *entry,
                               struct error *reterr)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(STATEMENT_FILE_MAX);
    DEFER(sigstore_done) struct sigstore envelope = sigstore_empty();
    DEFER(statement_done) struct statement statement = { 0 };

    TRY(read_envelope(stamp, entry, &file, &envelope, reterr));
    if (statement_read(envelope.payload.data, envelope.payload.length, stamp->arena, &statement,
                       NULL) == STATUS_OK &&
        statement.kind == STATEMENT_EVALUATION) {
        take_names(stamp, &statement.evaluation);
    }
    return STATUS_OK;
}

static enum status plan_statement(struct stamp *stamp, const struct container_entry *entry,
                                  struct error *reterr)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(STATEMENT_FILE_MAX);
    DEFER(sigstore_done) struct sigstore envelope = sigstore_empty();

    TRY(read_envelope(stamp, entry, &file, &envelope, reterr));
    if (envelope.timestamps > 0 || is_named(stamp, entry->name)) {
        return STATUS_OK;
    }
    if (envelope.pq_signature.length > 0) {
        return add_piece(stamp, entry->name, envelope.pq_signature.data,
                         envelope.pq_signature.length, reterr);
    }
    return envelope.signature.length == 0 ? STATUS_OK
                                          : add_piece(stamp, entry->name, envelope.signature.der,
                                                      envelope.signature.length, reterr);
}

static enum status
each_statement(struct stamp *stamp,
               enum status (*visit)(struct stamp *, const struct container_entry *, struct error *),
               struct error *reterr)
{
    for (size_t i = 0; i < container_read_count(stamp->reader); i++) {
        const struct container_entry *entry = container_read_at(stamp->reader, i);

        if (text_starts_with(entry->name, att_prefix)) {
            TRY(visit(stamp, entry, reterr));
        }
    }
    return STATUS_OK;
}

static enum status plan_statements(struct stamp *stamp, size_t renewals, struct error *reterr)
{
    if (renewals > 0) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "stamp.renewed: a token in a statement would break the renewals; renew again");
    }
    TRY(each_statement(stamp, note_inputs, reterr));
    TRY(each_statement(stamp, plan_statement, reterr));
    return stamp->piece_count > 0
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT,
                      "stamp.nothing: each statement bears a token, or an evaluation names it");
}

/* ---- renewal ---- */

static enum status plan_renewal(struct stamp *stamp, size_t renewals, struct error *reterr)
{
    DEFER(bytes_done) struct bytes record = bytes_bounded(ARCHIVE_FILE_MAX);
    DEFER(json_strict_done) json_t *files = NULL;
    char name[ARCHIVE_NAME_SIZE];

    TRY(archive_files(stamp->reader, stamp->manifest, NULL, &files, reterr));
    for (size_t i = 0; i < stamp->material_count; i++) {
        const struct val_file *file = &stamp->material[i];
        struct digest digest;

        TRY(digest_of(file->content.data, file->content.length, &digest, reterr));
        json_put(files, file->name, json_digest(&digest));
    }
    TRY(archive_write(files, &record, reterr));
    archive_name(renewals + 1, "json", name);
    stamp->record = arena_text(stamp->arena, name);
    archive_name(renewals + 1, "tsr", name);
    return add_piece(stamp, arena_text(stamp->arena, name), record.data, record.length, reterr);
}

enum status stamp_plan(struct stamp *stamp, bool renewal, struct error *reterr)
{
    size_t renewals = 0;

    TRY(archive_count(stamp->reader, &renewals, reterr));
    return renewal ? plan_renewal(stamp, renewals, reterr)
                   : plan_statements(stamp, renewals, reterr);
}

size_t stamp_count(const struct stamp *stamp)
{
    return stamp->piece_count;
}

const struct stamp_piece *stamp_at(const struct stamp *stamp, size_t index)
{
    return &stamp->pieces[index];
}

/* ---- answers ---- */

static enum status examine(const struct stamp *stamp, const struct tst *tst,
                           const struct stamp_piece *piece, struct error *reterr)
{
    struct tst_blob certificates[MATERIAL_MAX];
    struct tst_context context = { .certificates = certificates };
    struct tst_verdict verdict = { 0 };

    for (size_t i = 0; i < stamp->material_count; i++) {
        if (!stamp->material[i].is_list) {
            certificates[context.certificate_count++] = stamp->material[i].content;
        }
    }
    TRY(tst_examine(tst, piece->over.data, piece->over.length, &context, &verdict, reterr));
    return verdict.outcome == TST_GOOD ? STATUS_OK
                                       : fail(reterr, STATUS_BAD_INPUT, "%s", verdict.detail);
}

enum status stamp_take(struct stamp *stamp, const void *answer, size_t length, const uint8_t *nonce,
                       size_t *ret_index, struct error *reterr)
{
    const struct tst_blob kept = keep(stamp, answer, length);
    struct tst tst;

    TRY(tst_read(kept.data, kept.length, &tst, reterr));
    if (nonce != NULL && !der_equals(&tst.nonce, nonce, TST_NONCE_SIZE)) {
        return fail(reterr, STATUS_BAD_INPUT, "timestamp.nonce: the answer is to another question");
    }
    for (size_t i = 0; i < stamp->piece_count; i++) {
        struct stamp_piece *piece = &stamp->pieces[i];

        if (piece->token.data == NULL && tst.imprint_hash == TST_SHA256 &&
            der_equals(&tst.imprint, piece->imprint.octets, DIGEST_SIZE)) {
            TRY(examine(stamp, &tst, piece, reterr));
            piece->token = kept;
            *ret_index = i;
            return STATUS_OK;
        }
    }
    return fail(reterr, STATUS_BAD_INPUT,
                "timestamp.imprint: the answer is about nothing that is asked here");
}

/* ---- the copy ---- */

static const struct stamp_piece *piece_named(const struct stamp *stamp, const char *name)
{
    for (size_t i = 0; i < stamp->piece_count; i++) {
        if (stamp->pieces[i].token.data != NULL && text_equal(stamp->pieces[i].name, name)) {
            return &stamp->pieces[i];
        }
    }
    return NULL;
}

static enum status write_statement(const struct stamp *stamp, const struct container_entry *entry,
                                   const struct stamp_piece *piece, struct container_writer *writer,
                                   struct error *reterr)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(STATEMENT_FILE_MAX);
    DEFER(bytes_done) struct bytes out = bytes_bounded(STATEMENT_FILE_MAX);

    TRY(container_read_bytes(stamp->reader, entry, &file, reterr));
    TRY(sigstore_stamp(file.data, file.length, piece->token.data, piece->token.length, &out,
                       reterr));
    return container_write_bytes(writer, entry->name, out.data, out.length, reterr);
}

static enum status write_old(const struct stamp *stamp, struct container_writer *writer,
                             struct error *reterr)
{
    for (size_t i = 0; i < container_read_count(stamp->reader); i++) {
        const struct container_entry *entry = container_read_at(stamp->reader, i);
        const struct stamp_piece *piece = piece_named(stamp, entry->name);

        if (piece != NULL) {
            TRY(write_statement(stamp, entry, piece, writer, reterr));
        } else if (!text_equal(entry->name, CONTAINER_MIMETYPE)) {
            TRY(container_write_entry(writer, stamp->reader, entry, reterr));
        }
    }
    return STATUS_OK;
}

enum status stamp_write(const struct stamp *stamp, const char *out_path, struct error *reterr)
{
    DEFER(container_write_done) struct container_writer *writer = NULL;

    TRY(container_write_open(out_path, false, &writer, reterr));
    TRY(write_old(stamp, writer, reterr));
    for (size_t i = 0; i < stamp->material_count; i++) {
        const struct val_file *file = &stamp->material[i];

        TRY(container_write_bytes(writer, file->name, file->content.data, file->content.length,
                                  reterr));
    }
    if (stamp->record != NULL) {
        const struct stamp_piece *piece = &stamp->pieces[0];

        TRY(container_write_bytes(writer, stamp->record, piece->over.data, piece->over.length,
                                  reterr));
        TRY(container_write_bytes(writer, piece->name, piece->token.data, piece->token.length,
                                  reterr));
    }
    return container_write_commit(writer, reterr);
}
