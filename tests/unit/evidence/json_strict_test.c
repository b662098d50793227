/* JSON cases of the attack list (33 to 42), and the writer's canonical form. */
#include "evidence/fault.h"
#include "evidence/json_strict.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect_n(const char *text, size_t length, const char *code)
{
    DEFER(json_strict_done) json_t *root = NULL;
    struct error error = { .message = "" };
    char found[FAULT_CODE_SIZE] = "";
    /* An exact copy lets the sanitizer see a read past the end. */
    char *copy = malloc(length + (length == 0));
    enum status status;

    memcpy(copy, text, length);
    status = json_strict_parse(copy, length, &root, &error);
    free(copy);
    if (status != STATUS_OK) {
        fault_code(&error, found);
        cr_assert(status == STATUS_BAD_INPUT || status == STATUS_LIMIT);
        cr_assert_null(root);
    }
    cr_assert_str_eq(found, code, "%.60s: wanted '%s', got '%s' (%s)", text, code, found,
                     error.message);
}

static void expect(const char *text, const char *code)
{
    expect_n(text, strlen(text), code);
}

Test(json_strict, what_is_allowed)
{
    expect("{}", "");
    expect(" {\"a\" : [ 1 , -1, 0, true, false, null, \"x\", {} ] }\r\n\t", "");
    expect("{\"\\u00e9\\ud83d\\ude00\\n\\/\":\"\xf0\x9f\x98\x80\"}", "");
    expect("{\"a\":9007199254740991,\"b\":-9007199254740991}", "");
    expect("{\"a\":\"\x7f\"}", "");
}

Test(json_strict, case_33_duplicate_key)
{
    expect("{\"a\":1,\"a\":2}", "json.duplicate");
    expect("{\"a\":1,\"b\":3,\"a\":1}", "json.duplicate");
}

Test(json_strict, case_34_duplicate_through_escape)
{
    expect("{\"sha256\":\"x\",\"\\u0073ha256\":\"y\"}", "json.duplicate");
    expect("{\"\xe3\x81\x82\":1,\"\\u3042\":2}", "json.duplicate");
    expect("{\"\xf0\x9f\x98\x80\":1,\"\\uD83D\\uDE00\":2}", "json.duplicate");
}

Test(json_strict, case_35_duplicate_nested)
{
    expect("{\"x\":[{\"y\":{\"a\":1,\"a\":2}}]}", "json.duplicate");
    expect("{\"x\":{\"a\":1},\"y\":{\"a\":1}}", "");
}

Test(json_strict, case_36_differing_by_case_only)
{
    expect("{\"path\":1,\"Path\":2}", "json.case");
    expect("{\"x\":[{\"sha256\":1,\"b\":0,\"SHA256\":2}]}", "json.case");
    expect("{\"x\":[{\"path\":1},{\"Path\":1}]}", "");
    expect("{\"a_\":1,\"A@\":2}", "");
}

Test(json_strict, case_37_surrogates_overlong_bom)
{
    expect("{\"a\":\"\\ud800\"}", "json.surrogate");
    expect("{\"a\":\"\\udc00\"}", "json.surrogate");
    expect("{\"a\":\"\\udc00\\ud800\"}", "json.surrogate");
    expect("{\"a\":\"\\ud800\\u0041\"}", "json.surrogate");
    expect("{\"a\":\"\\ud800x\"}", "json.surrogate");
    expect("{\"\\ud800\":1}", "json.surrogate");
    expect("{\"a\":\"\xed\xa0\x80\"}", "json.utf8");
    expect("{\"a\":\"\xc0\xaf\"}", "json.utf8");
    expect("{\"a\":\"\xff\"}", "json.utf8");
    expect("{\"a\":\"\xf4\x90\x80\x80\"}", "json.utf8");
    expect("{\"a\":\"\xe3\x81\"}", "json.utf8");
    expect("\xef\xbb\xbf{}", "json.bom");
    expect_n("\xff\xfe{\0}\0", 6, "json.utf8");
}

Test(json_strict, case_38_nul)
{
    expect("{\"a\":\"\\u0000\"}", "json.nul");
    expect("{\"a\\u0000b\":1}", "json.nul");
    expect_n("{\"a\":\"\0\"}", 9, "json.string");
    expect_n("{}\0", 3, "json.syntax");
    expect_n("{\"a\":1\0}", 8, "json.syntax");
}

Test(json_strict, case_39_numbers)
{
    expect("{\"a\":9007199254740992}", "json.number.range");
    expect("{\"a\":-9007199254740992}", "json.number.range");
    expect("{\"a\":99999999999999999999999999999999}", "json.number.range");
    expect("{\"a\":1.0}", "json.number.float");
    expect("{\"a\":1e400}", "json.number.float");
    expect("{\"a\":1E1}", "json.number.float");
    expect("{\"a\":0.1}", "json.number.float");
    expect("{\"a\":0e1}", "json.number.float");
    expect("{\"a\":-0}", "json.number.zero");
    expect("{\"a\":-0.0}", "json.number.zero");
    expect("{\"a\":01}", "json.number.zero");
    expect("{\"a\":-01}", "json.number.zero");
    expect("{\"a\":00}", "json.number.zero");
    expect("{\"a\":+1}", "json.syntax");
    expect("{\"a\":.5}", "json.syntax");
    expect("{\"a\":-}", "json.syntax");
    expect("{\"a\":NaN}", "json.syntax");
    expect("{\"a\":Infinity}", "json.syntax");
    expect("{\"a\":0x10}", "json.syntax");
}

Test(json_strict, case_40_depth)
{
    char text[3 * JSON_STRICT_DEPTH];
    size_t deep = JSON_STRICT_DEPTH - 1;

    (void) memset(text, 0, sizeof text);
    memcpy(text, "{\"a\":", 5);
    memset(text + 5, '[', deep);
    memset(text + 5 + deep, ']', deep);
    text[5 + 2 * deep] = '}';
    expect(text, "");
    memset(text, 0, sizeof text);
    memcpy(text, "{\"a\":", 5);
    memset(text + 5, '[', deep + 1);
    expect(text, "json.limit.depth");
}

Test(json_strict, case_40_depth_bomb_of_a_million)
{
    size_t length = 1000000;
    char *text = malloc(length);

    memset(text, '[', length);
    memcpy(text, "{\"a\":", 5);
    expect_n(text, length, "json.limit.depth");
    free(text);
}

Test(json_strict, case_40_long_string)
{
    size_t length = JSON_STRICT_STRING + 9;
    char *text = malloc(length);

    memset(text, 'x', length);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + length - 2, "\"}", 2);
    expect_n(text, length, "json.limit.string");
    text[length - 3] = '"';
    text[length - 2] = '}';
    expect_n(text, length - 1, "");
    free(text);
}

Test(json_strict, case_40_many_values)
{
    size_t count = JSON_STRICT_VALUES;
    char *text = malloc(2 * count + 16);

    memcpy(text, "{\"a\":[", 6);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + 6 + 2 * i, "0,", 2);
    }
    memcpy(text + 6 + 2 * count, "0]}", 3);
    expect_n(text, 6 + 2 * count + 3, "json.limit.values");
    free(text);
}

Test(json_strict, case_40_heavier_than_it_looks)
{
    const size_t most = JSON_STRICT_WEIGHT / 240;
    char *text = malloc(3 * most + 16);
    size_t weight = 0;

    memcpy(text, "{\"a\":[", 6);
    for (size_t i = 0; i < most; i++) {
        memcpy(text + 6 + 3 * i, "{},", 3);
    }
    memcpy(text + 6 + 3 * most, "0]}", 3);
    expect_n(text, 6 + 3 * most + 3, "json.limit.weight");
    free(text);
    cr_assert_eq(json_strict_weigh("{\"a\":[{},7,null]}", 17, &weight, NULL), STATUS_OK);
    cr_assert_eq(weight, 240 + 97 + 144 + 240 + 48 + 16);
}

Test(json_strict, case_41_trailing_data)
{
    expect("{}{}", "json.trailing");
    expect("{} x", "json.syntax");
    expect("{},", "json.trailing");
    expect("{}}", "json.syntax");
    expect("{} \n", "");
}

Test(json_strict, case_42_proto_is_a_key_like_any_other)
{
    DEFER(json_strict_done) json_t *root = NULL;
    const char *text = "{\"__proto__\":{\"polluted\":true},\"constructor\":1}";

    cr_assert_eq(json_strict_parse(text, strlen(text), &root, NULL), STATUS_OK);
    cr_assert(json_is_true(json_object_get(json_object_get(root, "__proto__"), "polluted")));
    cr_assert_null(json_object_get(root, "polluted"));
}

Test(json_strict, not_an_object)
{
    expect("", "json.syntax");
    expect("  ", "json.object");
    expect("[]", "json.object");
    expect("\"x\"", "json.object");
    expect("1", "json.object");
    expect("null", "json.object");
}

Test(json_strict, broken_grammar)
{
    expect("{", "json.syntax");
    expect("{\"a\"}", "json.syntax");
    expect("{\"a\":}", "json.syntax");
    expect("{\"a\":1,}", "json.syntax");
    expect("{\"a\":[1,]}", "json.syntax");
    expect("{'a':1}", "json.syntax");
    expect("{a:1}", "json.syntax");
    expect("{\"a\":1]", "json.syntax");
    expect("{\"a\":tru}", "json.syntax");
    expect("{\"a\":True}", "json.syntax");
    expect("{/**/}", "json.syntax");
    expect("{\"a", "json.string");
    expect("{\"a\\", "json.string");
    expect("{\"a\n\":1}", "json.string");
    expect("{\"a\\x\":1}", "json.escape");
    expect("{\"a\\u12\":1}", "json.escape");
    expect("{\"a\\u12g4\":1}", "json.escape");
    expect("{\"a\":1\v}", "json.syntax");
}

/* Messages may end up in a public log; the input may hold a secret. */
Test(json_strict, messages_do_not_quote_the_input)
{
    struct error error;
    json_t *root = NULL;
    const char *texts[] = { "{\"k\":\"hunter2\" \"hunter2\"}", "{\"hunter2\":1,\"hunter2\":2}",
                            "{\"hunter2\":1,\"Hunter2\":2}", "{\"a\":hunter2}" };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_assert_neq(json_strict_parse(texts[i], strlen(texts[i]), &root, &error), STATUS_OK);
        cr_assert_null(strstr(error.message, "unter2"), "%s", error.message);
    }
}

static void expect_written(json_t *value, const char *wanted)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(1 << 16);
    struct error error = { .message = "" };

    cr_assert_eq(json_strict_write(value, &out, &error), STATUS_OK, "%s", error.message);
    cr_assert_eq(out.length, strlen(wanted), "%.*s", (int) out.length, out.data);
    cr_assert_arr_eq(out.data, wanted, out.length, "%.*s", (int) out.length, out.data);
    json_decref(value);
}

Test(json_strict_write, members_are_sorted_by_utf16)
{
    /* RFC 8785 section 3.2.3 gives these seven in this order. */
    json_t *object = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "\xe2\x82\xac", "Euro Sign", "\r",
                               "Carriage Return", "\xef\xac\xb3", "Hebrew Letter Dalet With Dagesh",
                               "1", "One", "\xf0\x9f\x98\x80", "Emoji: Grinning Face", "\xc2\x80",
                               "Control", "\xc3\xb6", "Latin Small Letter O With Diaeresis");

    expect_written(object, "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
                           "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\","
                           "\"\xe2\x82\xac\":\"Euro Sign\","
                           "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\","
                           "\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
    expect_written(json_pack("{s:i,s:i,s:i,s:i}", "b", 1, "aa", 2, "", 3, "a", 4),
                   "{\"\":3,\"a\":4,\"aa\":2,\"b\":1}");
}

Test(json_strict_write, strings_are_escaped_like_rfc_8785)
{
    /* RFC 8785 section 3.2.2.2's example, and the two that need a backslash. */
    expect_written(json_string("\xe2\x82\xac$\x0f\nA'B\"\\\\\"/"),
                   "\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
    expect_written(json_string("\b\t\f\r\x01\x1f\x7f"), "\"\\b\\t\\f\\r\\u0001\\u001f\x7f\"");
}

Test(json_strict_write, values_of_every_kind)
{
    expect_written(json_pack("{s:[i,b,b,n,{},[]]}", "a", -5, 1, 0),
                   "{\"a\":[-5,true,false,null,{},[]]}");
    expect_written(json_integer(9007199254740991), "9007199254740991");
    expect_written(json_integer(-9007199254740991), "-9007199254740991");
}

static void expect_unwritable(json_t *value, const char *code)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(4 << 20);
    struct error error = { .message = "" };
    char found[FAULT_CODE_SIZE];

    cr_assert_neq(json_strict_write(value, &out, &error), STATUS_OK);
    fault_code(&error, found);
    cr_assert_str_eq(found, code);
    json_decref(value);
}

Test(json_strict_write, what_has_no_form_is_refused)
{
    json_t *deep = json_array();
    char *text = calloc(1, JSON_STRICT_STRING + 2);

    for (size_t i = 0; i < JSON_STRICT_DEPTH; i++) {
        deep = json_pack("[o]", deep);
    }
    expect_unwritable(deep, "json.limit.depth");
    expect_unwritable(json_real(1.5), "json.number.float");
    expect_unwritable(json_integer(9007199254740992), "json.number.range");
    expect_unwritable(json_integer(-9007199254740992), "json.number.range");
    expect_unwritable(json_stringn("a\0b", 3), "json.nul");
    expect_unwritable(json_string_nocheck("\xff"), "json.utf8");
    expect_unwritable(json_pack("{s:i,s:i}", "a", 1, "A", 2), "json.case");
    memset(text, 'x', JSON_STRICT_STRING + 1);
    expect_unwritable(json_string(text), "json.limit.string");
    free(text);
}

Test(json_strict_write, what_is_written_is_read_back_equal)
{
    const char *text =
        "{\"z\":[1,{\"b\":\"\\u3042\\n\",\"a\":null}],\"\\u20ac\":\"\\\"\",\"m\":-7}";
    DEFER(json_strict_done) json_t *first = NULL;
    DEFER(json_strict_done) json_t *second = NULL;
    DEFER(bytes_done) struct bytes out = bytes_bounded(1 << 16);
    DEFER(bytes_done) struct bytes again = bytes_bounded(1 << 16);

    cr_assert_eq(json_strict_parse(text, strlen(text), &first, NULL), STATUS_OK);
    cr_assert_eq(json_strict_write(first, &out, NULL), STATUS_OK);
    cr_assert_eq(json_strict_parse(out.data, out.length, &second, NULL), STATUS_OK);
    cr_assert(json_equal(first, second));
    cr_assert_eq(json_strict_write(second, &again, NULL), STATUS_OK);
    cr_assert_eq(out.length, again.length);
    cr_assert_arr_eq(out.data, again.data, out.length);
}

Test(json_strict_text, times)
{
    int64_t ms = 0;

    cr_assert(json_strict_time("1970-01-01T00:00:00Z", &ms));
    cr_assert_eq(ms, 0);
    cr_assert(json_strict_time("2025-11-21T10:37:00.123Z", &ms));
    cr_assert_eq(ms, 1763721420123);
    cr_assert(json_strict_time("2000-02-29T23:59:59Z", &ms));
    cr_assert_eq(ms, 951868799000);
    cr_assert(json_strict_time("9999-12-31T23:59:59.999Z", &ms));
    cr_assert_eq(ms, 253402300799999);
}

Test(json_strict_text, no_times)
{
    static const char *const texts[] = {
        "",
        "2025-11-21",
        "2025-11-21T10:37:00",
        "2025-11-21T10:37:00z",
        "2025-11-21t10:37:00Z",
        "2025-11-21 10:37:00Z",
        "2025-11-21T10:37:00+00:00",
        "2025-11-21T10:37:00.1Z",
        "2025-11-21T10:37:00.1234Z",
        "2025-13-01T00:00:00Z",
        "2025-00-01T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2025-04-31T00:00:00Z",
        "2025-04-00T00:00:00Z",
        "2025-04-01T24:00:00Z",
        "2025-04-01T00:60:00Z",
        "2025-04-01T00:00:60Z",
        "1969-12-31T23:59:59Z",
        "2025-04-01T00:00:00ZZ",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_assert_not(json_strict_is_time(texts[i]), "%s", texts[i]);
    }
}

Test(json_strict_text, base64_of_rfc_4648)
{
    static const struct {
        const char *text;
        const char *octets;
    } rows[] = { { "", "" },
                 { "Zg==", "f" },
                 { "Zm8=", "fo" },
                 { "Zm9v", "foo" },
                 { "Zm9vYg==", "foob" },
                 { "Zm9vYmE=", "fooba" },
                 { "Zm9vYmFy", "foobar" } };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        DEFER(bytes_done) struct bytes out = bytes_bounded(100);

        cr_assert_eq(json_strict_base64(rows[i].text, strlen(rows[i].text), &out, NULL), STATUS_OK);
        cr_assert_eq(out.length, strlen(rows[i].octets));
        cr_assert_eq(
            memcmp(out.length > 0 ? out.data : (const uint8_t *) "", rows[i].octets, out.length),
            0);
    }
}

Test(json_strict_text, base64_has_one_spelling)
{
    static const char *const texts[] = {
        "Zg",       "Zg=",  "Zh==",   "Zm9=",  "Z===",     "====",
        "Zg==Zg==", "Z-_v", "Zm9v\n", "Zm 9v", "Zm9v====", "=m9v"
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        DEFER(bytes_done) struct bytes out = bytes_bounded(100);

        cr_assert_eq(json_strict_base64(texts[i], strlen(texts[i]), &out, NULL), STATUS_BAD_INPUT,
                     "%s", texts[i]);
    }
}
