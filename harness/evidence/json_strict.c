#include "evidence/json_strict.h"

#include "base/text.h"
#include "evidence/json_keys.h"

#include <string.h>

enum { WORD_WEIGHT = 16, INTEGER_WEIGHT = 48, STRING_WEIGHT = 96, ARRAY_WEIGHT = 144 };
enum { OBJECT_WEIGHT = 240 };

static const int64_t integer_max = 9007199254740991; /* 2^53-1, RFC 7493 section 2.2 */

/* Looks at every token for what the parser behind it would let through; grammar
 * beyond tokens is the parser's. */
struct scan {
    const uint8_t *start;
    const uint8_t *at;
    const uint8_t *end;
    unsigned depth;
    size_t values;
    size_t weight;
};

static enum status scan_fault(const struct scan *scan, const char *words, struct error *reterr)
{
    return fail(reterr, STATUS_BAD_INPUT, "%s at byte %zu", words,
                (size_t) (scan->at - scan->start));
}

static enum status scan_weigh(struct scan *scan, size_t weight, struct error *reterr)
{
    scan->weight += weight;
    return scan->weight <= JSON_STRICT_WEIGHT
               ? STATUS_OK
               : fail(reterr, STATUS_LIMIT, "json.limit.weight: more than %d bytes in memory",
                      JSON_STRICT_WEIGHT);
}

static enum status scan_count(struct scan *scan, size_t weight, struct error *reterr)
{
    if (++scan->values > JSON_STRICT_VALUES) {
        return fail(reterr, STATUS_LIMIT, "json.limit.values: more than %d values",
                    JSON_STRICT_VALUES);
    }
    return scan_weigh(scan, weight, reterr);
}

/* at stands on the first of four hex digits; false if they are not. */
static bool scan_hex4(const struct scan *scan, const uint8_t *at, unsigned *ret_unit)
{
    unsigned unit = 0;

    if (scan->end - at < 4) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        uint8_t c = at[i];

        if (c >= '0' && c <= '9') {
            unit = unit << 4 | (unsigned) (c - '0');
        } else if (c >= 'a' && c <= 'f') {
            unit = unit << 4 | (unsigned) (c - 'a' + 10);
        } else if (c >= 'A' && c <= 'F') {
            unit = unit << 4 | (unsigned) (c - 'A' + 10);
        } else {
            return false;
        }
    }
    *ret_unit = unit;
    return true;
}

/* at stands behind "\u"; RFC 8259 section 7. */
static enum status scan_unicode(struct scan *scan, size_t *ret_length, struct error *reterr)
{
    unsigned unit = 0;
    unsigned low = 0;

    if (!scan_hex4(scan, scan->at, &unit)) {
        return scan_fault(scan, "json.escape: a broken \\u escape", reterr);
    }
    if (unit == 0) {
        return scan_fault(scan, "json.nul: U+0000 in a string", reterr);
    }
    if (unit >= 0xdc00 && unit <= 0xdfff) {
        return scan_fault(scan, "json.surrogate: a lone surrogate", reterr);
    }
    scan->at += 4;
    if (unit < 0xd800 || unit > 0xdbff) {
        *ret_length += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
        return STATUS_OK;
    }
    if (scan->end - scan->at < 6 || scan->at[0] != '\\' || scan->at[1] != 'u' ||
        !scan_hex4(scan, scan->at + 2, &low) || low < 0xdc00 || low > 0xdfff) {
        return scan_fault(scan, "json.surrogate: a lone surrogate", reterr);
    }
    scan->at += 6;
    *ret_length += 4;
    return STATUS_OK;
}

/* at stands behind the backslash. */
static enum status scan_escape(struct scan *scan, size_t *ret_length, struct error *reterr)
{
    if (scan->at == scan->end) {
        return scan_fault(scan, "json.string: a string without an end", reterr);
    }
    if (*scan->at == 'u') {
        scan->at++;
        return scan_unicode(scan, ret_length, reterr);
    }
    if (*scan->at == '\0' || strchr("\"\\/bfnrt", *scan->at) == NULL) {
        return scan_fault(scan, "json.escape: an unknown escape", reterr);
    }
    scan->at++;
    ++*ret_length;
    return STATUS_OK;
}

static enum status scan_string(struct scan *scan, struct error *reterr)
{
    size_t length = 0;

    scan->at++;
    for (;;) {
        if (scan->at == scan->end) {
            return scan_fault(scan, "json.string: a string without an end", reterr);
        }
        if (length > JSON_STRICT_STRING) {
            return fail(reterr, STATUS_LIMIT, "json.limit.string: a string of more than %d bytes",
                        JSON_STRICT_STRING);
        }
        if (*scan->at == '"') {
            scan->at++;
            return scan_weigh(scan, length, reterr);
        }
        if (*scan->at < 0x20) {
            return scan_fault(scan, "json.string: a raw control character", reterr);
        }
        if (*scan->at == '\\') {
            scan->at++;
            TRY(scan_escape(scan, &length, reterr));
        } else {
            scan->at++;
            length++;
        }
    }
}

static bool is_digit(const struct scan *scan)
{
    return scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9';
}

static enum status scan_number(struct scan *scan, struct error *reterr)
{
    bool negative = *scan->at == '-';
    const uint8_t *first;
    int64_t value = 0;

    scan->at += negative ? 1 : 0;
    first = scan->at;
    while (is_digit(scan)) {
        value = value * 10 + (*scan->at - '0');
        if (value > integer_max) {
            return scan_fault(scan, "json.number.range: an integer beyond 2^53-1", reterr);
        }
        scan->at++;
    }
    if (scan->at == first) {
        return scan_fault(scan, "json.syntax: a number without digits", reterr);
    }
    if (*first == '0' && scan->at - first > 1) {
        return scan_fault(scan, "json.number.zero: a leading zero", reterr);
    }
    if (negative && value == 0) {
        return scan_fault(scan, "json.number.zero: minus zero", reterr);
    }
    if (scan->at < scan->end && (*scan->at == '.' || *scan->at == 'e' || *scan->at == 'E')) {
        return scan_fault(scan, "json.number.float: a number that is no integer", reterr);
    }
    return STATUS_OK;
}

static enum status scan_word(struct scan *scan, struct error *reterr)
{
    static const char *const words[] = { "true", "false", "null" };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t length = strlen(words[i]);

        if ((size_t) (scan->end - scan->at) >= length && memcmp(scan->at, words[i], length) == 0) {
            scan->at += length;
            return STATUS_OK;
        }
    }
    return scan_fault(scan, "json.syntax: a byte that begins nothing", reterr);
}

static enum status scan_token(struct scan *scan, struct error *reterr)
{
    size_t weight;

    switch (*scan->at) {
    case '{':
    case '[':
        if (++scan->depth > JSON_STRICT_DEPTH) {
            return fail(reterr, STATUS_LIMIT, "json.limit.depth: more than %d levels",
                        JSON_STRICT_DEPTH);
        }
        weight = *scan->at == '{' ? OBJECT_WEIGHT : ARRAY_WEIGHT;
        scan->at++;
        return scan_count(scan, weight, reterr);
    case '}':
    case ']':
        if (scan->depth == 0) {
            return scan_fault(scan, "json.syntax: a bracket that closes nothing", reterr);
        }
        scan->depth--;
        scan->at++;
        return STATUS_OK;
    case ',':
    case ':':
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        scan->at++;
        return STATUS_OK;
    case '"':
        TRY(scan_count(scan, STRING_WEIGHT, reterr));
        return scan_string(scan, reterr);
    default:
        if (*scan->at == '-' || is_digit(scan)) {
            TRY(scan_count(scan, INTEGER_WEIGHT, reterr));
            return scan_number(scan, reterr);
        }
        TRY(scan_count(scan, WORD_WEIGHT, reterr));
        return scan_word(scan, reterr);
    }
}

static enum status scan_text(const uint8_t *data, size_t length, size_t *ret_weight,
                             struct error *reterr)
{
    static const uint8_t bom[] = { 0xef, 0xbb, 0xbf };
    struct scan scan = { .start = data, .at = data, .end = data };

    if (length == 0) {
        return fail(reterr, STATUS_BAD_INPUT, "json.syntax: nothing there");
    }
    scan.end += length;
    if (length >= sizeof bom && memcmp(data, bom, sizeof bom) == 0) {
        return scan_fault(&scan, "json.bom: a byte order mark", reterr);
    }
    if (!text_is_utf8(data, length)) {
        return fail(reterr, STATUS_BAD_INPUT, "json.utf8: not well-formed UTF-8");
    }
    while (scan.at < scan.end && memchr(" \t\r\n", *scan.at, 4) != NULL) {
        scan.at++;
    }
    if (scan.at == scan.end || *scan.at != '{') {
        return scan_fault(&scan, "json.object: no object", reterr);
    }
    while (scan.at < scan.end) {
        TRY(scan_token(&scan, reterr));
    }
    *ret_weight = scan.weight;
    return STATUS_OK;
}

enum status json_strict_weigh(const void *data, size_t length, size_t *ret_weight,
                              struct error *reterr)
{
    return scan_text(data, length, ret_weight, reterr);
}

/* The parser's own words may quote the input, which may be a secret: only the place
 * is passed on. */
static enum status parse_fault(const json_error_t *error, struct error *reterr)
{
    const char *words = "json.syntax: not JSON";

    if (json_error_code(error) == json_error_duplicate_key) {
        words = "json.duplicate: a member named twice";
    } else if (json_error_code(error) == json_error_end_of_input_expected) {
        words = "json.trailing: something after the object";
    }
    return fail(reterr, STATUS_BAD_INPUT, "%s at line %d column %d", words, error->line,
                error->column);
}

/* Depth is bounded by the scan. */
static enum status check_names(const json_t *value, struct error *reterr)
{
    if (json_is_object(value)) {
        DEFER(json_keys_done) struct json_keys keys = json_keys_of(value);

        TRY(json_keys_check_case(&keys, reterr));
        for (size_t i = 0; i < keys.count; i++) {
            TRY(check_names(json_object_get(value, keys.names[i]), reterr));
        }
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            TRY(check_names(json_array_get(value, i), reterr));
        }
    }
    return STATUS_OK;
}

enum status json_strict_parse(const void *data, size_t length, json_t **ret_root,
                              struct error *reterr)
{
    DEFER(json_strict_done) json_t *root = NULL;
    json_error_t error;
    size_t weight = 0;

    TRY(scan_text(data, length, &weight, reterr));
    root = json_loadb(data, length, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        return parse_fault(&error, reterr);
    }
    TRY(check_names(root, reterr));
    *ret_root = root;
    root = NULL;
    return STATUS_OK;
}

void json_strict_done(json_t **value)
{
    json_decref(*value);
    *value = NULL;
}
