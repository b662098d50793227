#include "evidence/verify_published.h"

#include "base/text.h"

static void entry_begin(void *context, const struct manifest_entry *entry)
{
    struct published_watch *watching = context;

    watching->entry = entry;
    watching->is_text = entry->disclosure == MANIFEST_REQUIRED;
    watching->is_capture = text_ends_with(entry->path, ".pcapng");
    watching->capture_broken = false;
    published_open(&watching->published);
    pcapng_open(&watching->pcapng);
}

static void entry_bytes(void *context, const void *data, size_t length)
{
    struct published_watch *watching = context;
    struct error error = { 0 };

    if (watching->is_text) {
        published_feed(&watching->published, data, length);
    }
    if (watching->is_capture && !watching->capture_broken &&
        pcapng_feed(&watching->pcapng, data, length, &error) != STATUS_OK) {
        watching->capture_broken = true;
        verify_say(&watching->verification->report, VERIFY_CHECK_CAPTURES, FINDING_FAIL, "%s of %s",
                   error.message, watching->entry->path);
    }
}

static void end_capture(struct published_watch *watching)
{
    struct verify_report *report = &watching->verification->report;
    struct error error = { 0 };

    if (!watching->capture_broken && pcapng_close(&watching->pcapng, &error) != STATUS_OK) {
        verify_say(report, VERIFY_CHECK_CAPTURES, FINDING_FAIL, "%s of %s", error.message,
                   watching->entry->path);
    }
    if (watching->pcapng.keys && !text_equal(watching->entry->class, MANIFEST_CLASS_SECRET)) {
        verify_say(report, VERIFY_CHECK_PUBLISHED, FINDING_POLICY,
                   "published.keys: %s holds keys that decrypt what was captured",
                   watching->entry->path);
    }
}

static void entry_end(void *context)
{
    struct published_watch *watching = context;
    const struct manifest_entry *entry = watching->entry;
    struct verify_report *report = &watching->verification->report;
    const bool is_secret = text_equal(entry->class, MANIFEST_CLASS_SECRET);

    if (watching->is_capture) {
        end_capture(watching);
    }
    if (is_secret && watching->secret_shown == NULL) {
        watching->secret_shown = entry->path;
    }
    if (!is_secret && text_ends_with(entry->path, ".keylog")) {
        verify_say(report, VERIFY_CHECK_PUBLISHED, FINDING_POLICY,
                   "published.keys: %s is a key log and not of class secret", entry->path);
    }
    if (watching->is_text) {
        published_close(&watching->published);
    }
    if (watching->is_text && watching->published.shape != NULL) {
        verify_say(report, VERIFY_CHECK_PUBLISHED, FINDING_POLICY,
                   "published.secret: %s holds %s, at byte %llu", entry->path,
                   watching->published.shape, (unsigned long long) watching->published.offset);
    }
}

struct published_watch *published_watch_new(struct verification *verification,
                                            struct manifest_watch *watch)
{
    struct published_watch *watching = arena_alloc(verification->arena, sizeof *watching);

    watching->verification = verification;
    *watch = (struct manifest_watch){
        .begin = entry_begin, .bytes = entry_bytes, .end = entry_end, .context = watching
    };
    return watching;
}

void published_watch_judge(struct published_watch *watching)
{
    struct verification *verification = watching->verification;

    verify_good(&verification->report, VERIFY_CHECK_CAPTURES);
    verify_good(&verification->report, VERIFY_CHECK_PUBLISHED);
    /* Who withholds something hands the copy on; the owner's own copy is whole. */
    if (watching->secret_shown != NULL && verification->withheld_count > 0) {
        verify_say(&verification->report, VERIFY_CHECK_PUBLISHED, FINDING_POLICY,
                   "published.keys: a copy that withholds something still shows %s",
                   watching->secret_shown);
    } else if (watching->secret_shown != NULL) {
        verify_note(&verification->report, "published.full_copy", watching->secret_shown);
    }
}
