/* The file as a ZIP archive: cases 1 to 31. */
#include "attack.h"

#include <stdlib.h>
#include <string.h>

enum { END_SIZE = 22 };

static const char view[] = "views/report.en.html";
static const char wire[] = "wire/tls-01.jsonl";

static struct raw_entry *entry(struct attempt *attempt, const char *name)
{
    return raw_zip_find(&attempt->zip, name);
}

static void rename_view(struct attempt *attempt, const char *name)
{
    raw_entry_rename(entry(attempt, view), name, strlen(name));
}

void attack_000_honest(struct attempt *attempt)
{
    (void) attempt;
}

void attack_000_honest_pinned(struct attempt *attempt)
{
    attempt->trust = NULL;
    attempt->signer = "vendor.pub";
}

void attack_000_honest_rewritten(struct attempt *attempt)
{
    attempt_reseal(attempt);
}

void attack_000_nobody_known(struct attempt *attempt)
{
    attempt->trust = NULL;
}

void attack_001_content_changed(struct attempt *attempt)
{
    attempt_replace(attempt, view, "conformant", "CONFORMANT");
}

void attack_002_entry_removed(struct attempt *attempt)
{
    raw_zip_remove(&attempt->zip, view);
}

void attack_003_unlisted_added(struct attempt *attempt)
{
    (void) raw_zip_insert(&attempt->zip, attempt->zip.count, "views/extra.html", "x", 1);
    raw_zip_sort(&attempt->zip);
}

void attack_004_unlisted_meta(struct attempt *attempt)
{
    (void) raw_zip_insert(&attempt->zip, attempt->zip.count, "META-INF/att/notes.txt", "x", 1);
    raw_zip_sort(&attempt->zip);
}

void attack_005_contents_swapped(struct attempt *attempt)
{
    struct raw_entry *one = entry(attempt, view);
    struct raw_entry *other = entry(attempt, BUNDLE_PLAN);
    struct raw_entry copy = *one;
    uint8_t *kept = malloc(copy.length);

    if (kept == NULL) {
        abort();
    }
    memcpy(kept, copy.data, copy.length);
    raw_entry_set(one, other->data, other->length);
    raw_entry_set(other, kept, copy.length);
    free(kept);
}

void attack_006_renamed(struct attempt *attempt)
{
    rename_view(attempt, "views/report.ja.html");
}

void attack_007_reordered(struct attempt *attempt)
{
    struct raw_entry *entries = attempt->zip.entries;
    struct raw_entry kept = entries[4];

    entries[4] = entries[5];
    entries[5] = kept;
}

void attack_008_duplicate_name(struct attempt *attempt)
{
    struct raw_entry *twin = entry(attempt, view);

    (void) raw_zip_insert(&attempt->zip, (size_t) (twin - attempt->zip.entries), view, "x", 1);
}

void attack_009_case_folding(struct attempt *attempt)
{
    (void) raw_zip_insert(&attempt->zip, attempt->zip.count, "views/Report.en.html", "x", 1);
    raw_zip_sort(&attempt->zip);
}

void attack_010_non_ascii_name(struct attempt *attempt)
{
    rename_view(attempt, "views/報告.html");
}

void attack_011_parent_folder(struct attempt *attempt)
{
    rename_view(attempt, "views/../../report.html");
}

void attack_012_absolute_name(struct attempt *attempt)
{
    rename_view(attempt, "/views/report.html");
    raw_zip_sort(&attempt->zip);
}

void attack_013_backslash(struct attempt *attempt)
{
    rename_view(attempt, "views\\report.html");
}

void attack_013_drive(struct attempt *attempt)
{
    rename_view(attempt, "c:report.html");
    raw_zip_sort(&attempt->zip);
}

void attack_013_unc(struct attempt *attempt)
{
    rename_view(attempt, "\\\\host\\share\\report.html");
    raw_zip_sort(&attempt->zip);
}

void attack_014_nul_in_name(struct attempt *attempt)
{
    raw_entry_rename(entry(attempt, view), "views/report.en.html\0.exe", 25);
}

void attack_015_windows_device(struct attempt *attempt)
{
    rename_view(attempt, "views/nul.html");
}

void attack_015_trailing_dot(struct attempt *attempt)
{
    rename_view(attempt, "views/report.");
}

void attack_016_symlink(struct attempt *attempt)
{
    entry(attempt, view)->external = 0xa1ff0000U;
}

void attack_016_mode_bits(struct attempt *attempt)
{
    entry(attempt, view)->external = 0x81ed0000U; /* a regular file, mode 0755 */
}

void attack_017_folder_entry(struct attempt *attempt)
{
    (void) raw_zip_insert(&attempt->zip, attempt->zip.count, "views/", "", 0);
    raw_zip_sort(&attempt->zip);
}

void attack_018_local_name_differs(struct attempt *attempt)
{
    memcpy(entry(attempt, view)->local.name, "views/report.xx.html", 20);
}

void attack_019_local_crc(struct attempt *attempt)
{
    entry(attempt, view)->local.crc ^= 1;
}

void attack_019_local_size(struct attempt *attempt)
{
    entry(attempt, view)->local.size++;
}

void attack_019_local_method(struct attempt *attempt)
{
    entry(attempt, view)->local.method = 8;
}

void attack_019_local_flags(struct attempt *attempt)
{
    entry(attempt, view)->local.flags = 0x0800; /* names in UTF-8 */
}

void attack_019_local_packed(struct attempt *attempt)
{
    entry(attempt, view)->local.packed++;
}

void attack_019_local_time(struct attempt *attempt)
{
    entry(attempt, view)->local.time = 1;
}

void attack_020_only_local(struct attempt *attempt)
{
    raw_zip_insert(&attempt->zip, attempt->zip.count, "wire/zz.jsonl", "x", 1)->no_central = true;
}

void attack_021_only_central(struct attempt *attempt)
{
    raw_zip_insert(&attempt->zip, attempt->zip.count, "wire/zz.jsonl", "", 0)->no_local = true;
}

static uint32_t offset_of(struct attempt *attempt, const char *name)
{
    uint32_t offset = 0;

    for (size_t i = 0; i < attempt->zip.count; i++) {
        const struct raw_entry *one = &attempt->zip.entries[i];

        if (strcmp(one->central.name, name) == 0) {
            break;
        }
        offset += (uint32_t) (30 + one->local.name_length + one->length);
    }
    return offset;
}

void attack_022_two_on_one(struct attempt *attempt)
{
    struct raw_entry *twin;
    const struct raw_entry *first = entry(attempt, wire);
    const uint32_t offset = offset_of(attempt, wire);

    twin = raw_zip_insert(&attempt->zip, attempt->zip.count, "wire/zz.jsonl", first->data,
                          first->length);
    twin->no_local = true;
    twin->fixed_offset = true;
    twin->offset = offset;
}

void attack_023_overlap(struct attempt *attempt)
{
    struct raw_entry *last = &attempt->zip.entries[attempt->zip.count - 1];

    last->fixed_offset = true;
    last->offset = offset_of(attempt, last->central.name) - 10;
}

void attack_024_gap(struct attempt *attempt)
{
    entry(attempt, view)->gap = 5;
}

void attack_025_prepended(struct attempt *attempt)
{
    attempt->zip.before = 64;
}

void attack_026_appended(struct attempt *attempt)
{
    attempt->zip.after = 1;
}

void attack_027_comment(struct attempt *attempt)
{
    attempt->zip.comment = 22;
}

/* The comment of the first end record, and so the last bytes of the file. */
static void put_comment(struct attempt *attempt, const void *comment, size_t length)
{
    struct error error = { 0 };

    must(bytes_append(&attempt->raw, comment, length, &error), &error);
    attempt->raw.data[attempt->raw.length - length - 2] = (uint8_t) length;
    attempt->raw.data[attempt->raw.length - length - 1] = (uint8_t) (length >> 8);
}

void attack_027_two_ends(struct attempt *attempt)
{
    uint8_t end[END_SIZE];

    attempt_render(attempt);
    memcpy(end, attempt->raw.data + attempt->raw.length - END_SIZE, END_SIZE);
    put_comment(attempt, end, END_SIZE);
}

void attack_027_archive_in_comment(struct attempt *attempt)
{
    DEFER(bytes_done) struct bytes inner = bytes_bounded(UINT16_MAX);
    struct error error = { 0 };

    must(raw_zip_write(&attempt->zip, &inner, &error), &error);
    attempt_render(attempt);
    put_comment(attempt, inner.data, inner.length);
}

void attack_028_concatenated(struct attempt *attempt)
{
    struct error error = { 0 };

    attempt_render(attempt);
    must(raw_zip_write(&attempt->zip, &attempt->raw, &error), &error);
}

void attack_029_ratio_bomb(struct attempt *attempt)
{
    const size_t size = 32 << 20;
    uint8_t *zeros = calloc(1, size);

    if (zeros == NULL) {
        abort();
    }
    raw_entry_set(entry(attempt, view), zeros, size);
    raw_entry_deflate(entry(attempt, view));
    free(zeros);
}

void attack_029_overlap_bomb(struct attempt *attempt)
{
    const uint32_t offset = offset_of(attempt, wire);

    for (int c = 'a'; c <= 'p'; c++) {
        const char name[] = { 'w', 'i', 'r', 'e', '/', 'z', (char) c, '\0' };
        const struct raw_entry *body = entry(attempt, wire);
        struct raw_entry *twin;

        twin = raw_zip_insert(&attempt->zip, attempt->zip.count, name, body->data, body->length);
        twin->no_local = true;
        twin->fixed_offset = true;
        twin->offset = offset;
    }
}

void attack_029_total_bomb(struct attempt *attempt)
{
    for (int c = 'a'; c <= 'd'; c++) {
        const char name[] = { 'w', 'i', 'r', 'e', '/', 'z', (char) c, '\0' };
        struct raw_entry *huge = raw_zip_insert(&attempt->zip, attempt->zip.count, name, "x", 1);

        raw_entry_deflate(huge);
        huge->local.size = huge->central.size = 0x7fffffffU;
    }
}

void attack_030_wrong_size(struct attempt *attempt)
{
    struct raw_entry *changed = entry(attempt, view);

    raw_entry_deflate(changed);
    changed->local.size = changed->central.size = changed->central.size + 1;
}

void attack_030_junk_after_deflate(struct attempt *attempt)
{
    struct raw_entry *changed = entry(attempt, view);
    uint8_t *longer;

    raw_entry_deflate(changed);
    longer = realloc(changed->data, changed->length + 4);
    if (longer == NULL) {
        abort();
    }
    memcpy(longer + changed->length, "junk", 4);
    changed->data = longer;
    changed->length += 4;
    changed->local.packed = changed->central.packed = (uint32_t) changed->length;
}

void attack_030_cut_deflate(struct attempt *attempt)
{
    struct raw_entry *changed = entry(attempt, view);

    raw_entry_deflate(changed);
    changed->length--;
    changed->local.packed = changed->central.packed = (uint32_t) changed->length;
}

void attack_030_wrong_crc(struct attempt *attempt)
{
    struct raw_entry *changed = entry(attempt, view);

    changed->local.crc = changed->central.crc = changed->central.crc ^ 1;
}

void attack_031_zip64(struct attempt *attempt)
{
    attempt->zip.zip64_locator = true;
}

void attack_031_count(struct attempt *attempt)
{
    attempt->zip.count_error = 1;
}

void attack_031_count_low(struct attempt *attempt)
{
    attempt->zip.count_error = -1;
}

void attack_031_encrypted(struct attempt *attempt)
{
    entry(attempt, view)->local.flags = entry(attempt, view)->central.flags = 1;
}

void attack_031_descriptor(struct attempt *attempt)
{
    entry(attempt, view)->local.flags = entry(attempt, view)->central.flags = 8;
}

void attack_031_extra_field(struct attempt *attempt)
{
    entry(attempt, view)->local.extra = entry(attempt, view)->central.extra = 4;
}
