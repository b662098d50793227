#include "evidence/seal.h"

#include "sample.h"

static void read_file(const char *path, struct bytes *out)
{
    uint8_t *room = NULL;
    FILE *file = fopen(path, "rbe");

    cr_assert_not_null(file);
    MUST(bytes_reserve(out, 1 << 20, &room, &error));
    bytes_commit(out, fread(room, 1, 1 << 20, file));
    (void) fclose(file);
}

Test(seal, same_inputs_give_the_same_bytes)
{
    DEFER(bytes_done) struct bytes one = bytes_bounded(2 << 20);
    DEFER(bytes_done) struct bytes other = bytes_bounded(2 << 20);
    struct sample sample = sample_open();
    json_t *result = sample_result("pass");
    struct key key = { 0 };
    struct sample_seal how = { .result = result, .log = sample_path(&sample, "log"), .key = &key };

    MUST(key_new(&key, &error));
    sample_log(how.log, "pass");
    how.out = sample_path(&sample, "1.hoshi");
    MUST(sample_seal(&how, &error));
    read_file(how.out, &one);
    how.out = sample_path(&sample, "2.hoshi");
    MUST(sample_seal(&how, &error));
    read_file(how.out, &other);
    cr_assert_eq(one.length, other.length);
    cr_assert(memcmp(one.data, other.data, one.length) == 0);
    json_decref(result);
    key_done(&key);
    sample_done(&sample);
}

static enum status seal_changed(const char *member, json_t *value, const char *plan)
{
    struct sample sample = sample_open();
    json_t *result = sample_result("fail");
    struct key key = { 0 };
    const struct sample_seal how = { .result = result,
                                     .log = sample_path(&sample, "log"),
                                     .out = sample_path(&sample, "1.hoshi"),
                                     .key = &key,
                                     .plan = plan };
    enum status status;

    MUST(key_new(&key, &error));
    sample_log(how.log, "fail");
    if (member != NULL) {
        cr_assert(json_object_set_new(result, member, value) == 0);
    }
    status = sample_seal(&how, NULL);
    cr_assert((access(how.out, F_OK) == 0) == (status == STATUS_OK), "a file was left behind");
    json_decref(result);
    key_done(&key);
    sample_done(&sample);
    return status;
}

Test(seal, contradictions_are_not_signed)
{
    cr_assert_eq(seal_changed(NULL, NULL, NULL), STATUS_OK);
    cr_assert_eq(seal_changed("overall", json_string("conformant"), NULL), STATUS_BAD_INPUT);
    cr_assert_eq(seal_changed("counts", json_object(), NULL), STATUS_BAD_INPUT);
    cr_assert_eq(seal_changed("clauses", json_array(), NULL), STATUS_BAD_INPUT);
    cr_assert_eq(seal_changed(NULL, NULL, "{\"checks\":[]}"), STATUS_BAD_INPUT);
    cr_assert_eq(seal_changed("ratio", json_real(0.5), NULL), STATUS_BAD_INPUT);
}

Test(seal, entry_ids_can_be_known_beforehand)
{
    char id[BUNDLE_ENTRY_ID_SIZE];

    bundle_entry_id(0, id);
    cr_assert_str_eq(id, "e0002"); /* e0001 is the result */
    bundle_entry_id(9998, id);
    cr_assert_str_eq(id, "e10000");
}
