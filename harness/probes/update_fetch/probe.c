/* update_fetch - plays the update server that the device asks, gives it images that are wrong in
 * one way each with a manifest that fits them, and looks whether it installs one.
 *
 * By hand: hoshitori probe update_fetch --profile profile.yaml
 */
#include "probe/probe.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/door.h"
#include "channel/tls_callee.h"
#include "channel/tls_forge.h"
#include "control/update_trial.h"
#include "shelf.h"

#include <stdlib.h>
#include <string.h>

extern const struct probe probe_update_fetch;

enum { REQUEST_MAX = 16384, CALLS_MAX = 16 };

static const struct param params[] = {
    { .name = "offer",
      .type = FACT_TEXTS,
      .help = "Which wrong images are served; the good one always is.",
      .fallback = "[\"middle_flipped\",\"signature_zeroed\",\"other_key\",\"older\"]",
      .choices = firmware_kind_words },
    { .name = "quiet_ms",
      .type = FACT_INT,
      .help = "How long nothing more was asked until the device is taken to be content.",
      .fallback = "1000",
      .minimum = 100,
      .maximum = 60000 },
    { .name = "wait_ms",
      .type = FACT_INT,
      .help = "How long a change of version is waited for after a wrong image was fetched, at "
              "least; twice as long as the good image took when that is more.",
      .fallback = "1000",
      .minimum = 1,
      .maximum = 1800000 },
    TRIAL_PARAMS,
    PARAM_END,
};

static const struct fact columns[] = {
    { .name = "kind", .type = FACT_TEXT, .help = "Which image." },
    { .name = "server", .type = FACT_TEXT, .help = "trusted, or self_signed." },
    { .name = "manifests", .type = FACT_INT, .help = "Times the manifest was fetched." },
    { .name = "images", .type = FACT_INT, .help = "Times the image was fetched." },
    { .name = "version", .type = FACT_TEXT, .help = "The device's version afterwards." },
    FACT_END,
};

static const struct fact facts[] = {
    TRIAL_FACTS,
    { .name = "good_installed",
      .type = FACT_BOOL,
      .help = "The good image, served in the same way, was fetched and installed." },
    { .name = "served",
      .type = FACT_TEXTS,
      .help = "Wrong images with whose manifest the device came to be served." },
    { .name = "fetched", .type = FACT_TEXTS, .help = "Those that it fetched." },
    { .name = "installed",
      .type = FACT_TEXTS,
      .help = "Those after which its version was another." },
    { .name = "installed_later",
      .type = FACT_BOOL,
      .help =
          "After the wrong ones it ran another version, or did not answer, once it had lost its "
          "power." },
    { .name = "restarted",
      .type = FACT_BOOL,
      .help = "After them it was seen to lose its power. Left out without a lever." },
    { .name = "silenced",
      .type = FACT_TEXTS,
      .help = "Those after which it did not answer any more." },
    { .name = "asked_untrusted",
      .type = FACT_BOOL,
      .help = "It asked a server with a certificate of its own signing for the manifest." },
    { .name = "rounds", .type = FACT_ROWS, .help = "What came of each.", .columns = columns },
    FACT_END,
};

static const char guide[] =
    "  The profile declares update.server, its connection under clients with test_ca, what makes\n"
    "  the device ask (control.check_update, or it asks by itself), and all that update_refusal\n"
    "  needs. How the device's calls come to this machine: hoshitori explain tls_client.\n";

struct fetch {
    struct trial trial;
    struct door door;
    struct forge *forge;
    const char *host;
    int64_t wait_ms;
    json_t *served;
    json_t *fetched;
    json_t *installed;
    json_t *silenced;
    json_t *rounds;
};

static enum status serve_calls(struct fetch *fetch, struct shelf *shelf, const struct forged *chain,
                               struct error *reterr)
{
    const struct client *client = shelf->update->server.client;
    struct probe_call *call = fetch->trial.call;
    const int64_t quiet_ms = probe_param_int(call, "quiet_ms");
    int64_t until_ms = probe_deadline_within(call, (int64_t) client->within_s * 1000);

    for (unsigned calls = 0; calls < CALLS_MAX && shelf->images == 0; calls++) {
        DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
        struct tls_callee_answer answer = { .alert = -1 };
        enum door_event event = DOOR_TIMEOUT;
        const struct tls_callee_ask ask = { .door = &fetch->door,
                                            .chain = chain,
                                            .serve = shelf_serve,
                                            .serve_context = shelf,
                                            .handshake_until_ms = until_ms,
                                            .talk_ms = fetch->trial.login_ms };

        TRY(door_wait(&fetch->door, -1, until_ms, &tcp, &event, reterr));
        if (event == DOOR_TIMEOUT) {
            return STATUS_OK;
        }
        if (event == DOOR_TLS) {
            bytes_clear(&shelf->request);
            TRY(tls_callee_take(&tcp, &ask, &answer, reterr));
            until_ms = probe_deadline_within(call, quiet_ms);
        }
    }
    return STATUS_OK;
}

static void put(json_t *row, const char *name, json_t *value)
{
    if (json_object_set_new(row, name, value) != 0) {
        abort();
    }
}

/* One image on the shelf, from the device's being told to look until its version is known. */
static enum status round_play(struct fetch *fetch, enum firmware_kind kind, enum forge_flaw flaw,
                              const struct bytes *image, struct shelf *ret_shelf,
                              struct trial_look *ret_look, struct error *reterr)
{
    struct trial *trial = &fetch->trial;
    struct forged *chain = calloc(1, sizeof *chain);
    json_t *row = json_object();
    enum status status;

    if (chain == NULL) {
        abort();
    }
    *ret_shelf = (struct shelf){ .update = trial->update,
                                 .image = image,
                                 .version = trial->update->image_version,
                                 .request = bytes_bounded(REQUEST_MAX) };
    status = forge_chain(fetch->forge, flaw, chain, reterr);
    if (status == STATUS_OK && control_has(trial->call, LEVER_CHECK_UPDATE, NULL)) {
        status = control_pull(trial->call, LEVER_CHECK_UPDATE, NULL, NULL, reterr);
    }
    status = status == STATUS_OK ? serve_calls(fetch, ret_shelf, chain, reterr) : status;
    bytes_done(&ret_shelf->request);
    free(chain);
    if (status == STATUS_OK) {
        status = trial_wait(trial, trial->before, ret_shelf->images > 0 ? fetch->wait_ms : 0,
                            ret_look, reterr);
    }
    if (status == STATUS_OK && !ret_look->alive) {
        status = trial_wait(trial, NULL, trial->settle_ms, ret_look, reterr);
    }
    put(row, "kind", json_string(firmware_kind_words[kind]));
    put(row, "server", json_string(flaw == FORGE_VALID ? "trusted" : "self_signed"));
    put(row, "manifests", json_integer(ret_shelf->manifests));
    put(row, "images", json_integer(ret_shelf->images));
    if (status == STATUS_OK && ret_look->version_known) {
        put(row, "version", json_string(ret_look->version));
    }
    probe_list_add(fetch->rounds, row);
    return status;
}

static enum status wrong_one(struct fetch *fetch, enum firmware_kind kind, struct error *reterr)
{
    struct trial *trial = &fetch->trial;
    DEFER(bytes_done) struct bytes image = bytes_bounded(FIRMWARE_FILE_MAX + 1);
    struct trial_look look = { .alive = false };
    struct shelf shelf;
    const char *path;
    const char *why;

    if (firmware_source(trial->update, kind, &path, &why) == FIRMWARE_IMPOSSIBLE) {
        return STATUS_OK;
    }
    if (path != NULL) {
        TRY(firmware_read(path, &image, reterr));
    } else {
        TRY(firmware_make(trial->update, kind, &trial->good, 1 << 20, &firmware_fresh_key, &image,
                          reterr));
    }
    TRY(round_play(fetch, kind, FORGE_VALID, &image, &shelf, &look, reterr));
    if (shelf.manifests + shelf.images > 0) {
        probe_list_add_text(fetch->served, firmware_kind_words[kind]);
    }
    if (shelf.images > 0) {
        probe_list_add_text(fetch->fetched, firmware_kind_words[kind]);
    }
    if (!look.version_known) {
        probe_list_add_text(fetch->silenced, firmware_kind_words[kind]);
    } else if (trial_is_changed(trial, &look)) {
        probe_list_add_text(fetch->installed, firmware_kind_words[kind]);
    }
    return !look.version_known || trial_is_changed(trial, &look) ? trial_back(trial, reterr)
                                                                 : STATUS_OK;
}

static enum status later_ones(struct fetch *fetch, struct error *reterr)
{
    struct trial *trial = &fetch->trial;
    struct trial_look look = { .alive = false };
    bool changed = false;
    bool gone = false;

    if (trial_has_power(trial)) {
        TRY(trial_restart(trial, &gone, &look, reterr));
        changed = !look.version_known || trial_is_changed(trial, &look);
        probe_fact_bool(trial->call, "restarted", gone);
    }
    probe_fact_bool(trial->call, "installed_later", changed);
    return changed ? trial_back(trial, reterr) : STATUS_OK;
}

static enum status play(struct fetch *fetch, struct error *reterr)
{
    struct trial *trial = &fetch->trial;
    const int64_t wait_ms = fetch->wait_ms;
    const json_t *word;
    struct trial_look look = { .alive = false };
    struct shelf shelf;
    int64_t started_ms = clock_monotonic_ms();
    size_t index;

    fetch->wait_ms = trial->settle_ms;
    TRY(round_play(fetch, FIRMWARE_GOOD, FORGE_VALID, &trial->good, &shelf, &look, reterr));
    probe_fact_bool(trial->call, "good_installed", trial_is_new(trial, &look));
    if (!trial_is_new(trial, &look)) {
        return STATUS_OK;
    }
    fetch->wait_ms = 2 * (clock_monotonic_ms() - started_ms);
    fetch->wait_ms = fetch->wait_ms > wait_ms ? fetch->wait_ms : wait_ms;
    TRY(trial_back(trial, reterr));
    json_array_foreach(probe_param_list(trial->call, "offer"), index, word)
    {
        enum firmware_kind kind = FIRMWARE_GOOD;

        while (!text_equal(firmware_kind_words[kind], json_string_value(word))) {
            kind++;
        }
        if (kind != FIRMWARE_GOOD) {
            TRY(wrong_one(fetch, kind, reterr));
        }
    }
    TRY(later_ones(fetch, reterr));
    TRY(round_play(fetch, FIRMWARE_GOOD, FORGE_SELF_SIGNED, &trial->good, &shelf, &look, reterr));
    probe_fact_bool(trial->call, "asked_untrusted", shelf.manifests + shelf.images > 0);
    probe_fact_json(trial->call, "served", json_incref(fetch->served));
    probe_fact_json(trial->call, "fetched", json_incref(fetch->fetched));
    probe_fact_json(trial->call, "installed", json_incref(fetch->installed));
    probe_fact_json(trial->call, "silenced", json_incref(fetch->silenced));
    return STATUS_OK;
}

static enum status server_open(struct fetch *fetch, struct error *reterr)
{
    const struct profile *profile = fetch->trial.call->subject->profile;
    const struct client *client = fetch->trial.update->server.client;
    const struct door_plan plan = { .devices = profile->addresses,
                                    .device_count = profile->address_count,
                                    .tls_port = client->listen,
                                    .dns_port = profile->redirect.dns,
                                    .hosts = &fetch->host,
                                    .host_count = 1,
                                    .own_address = profile->redirect.address };
    const struct forge_plan forge = { .host = client->host,
                                      .now_s = clock_wall_ms() / 1000,
                                      .ca = client->test_ca,
                                      .ca_key = &client->test_ca_key };

    fetch->host = client->host;
    TRY(forge_new(&forge, &fetch->forge, reterr));
    return door_open(&fetch->door, &plan, fetch->trial.call->transcript, reterr);
}

static enum status fetch_all(struct fetch *fetch, struct error *reterr)
{
    struct trial *trial = &fetch->trial;

    TRY(server_open(fetch, reterr));
    TRY(trial_keep(trial, reterr));
    TRY(play(fetch, reterr));
    probe_fact_json(trial->call, "rounds", json_incref(fetch->rounds));
    TRY(trial_back(trial, reterr));
    trial->call->owes = false;
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    const struct update *update = call->subject->update;
    struct fetch fetch = { .door = { .tls = -1, .clear = -1, .dns = -1 } };
    enum status status;
    bool ready = false;

    if (update == NULL || call->subject->profile == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "this needs a profile that declares its update");
    }
    status = trial_open(&fetch.trial, call, &ready, reterr);
    if (status == STATUS_OK && ready &&
        (update->server.client == NULL || update->server.client->test_ca == NULL ||
         fetch.trial.way == TRIAL_STAYS)) {
        probe_fact_text(call, "hindrance",
                        fetch.trial.way == TRIAL_STAYS
                            ? "the bench does not bring the first version back"
                            : "the profile declares no update server with a test_ca");
        ready = false;
    }
    if (status == STATUS_OK && ready) {
        fetch.wait_ms = probe_param_int(call, "wait_ms");
        fetch.served = json_array();
        fetch.fetched = json_array();
        fetch.installed = json_array();
        fetch.silenced = json_array();
        fetch.rounds = json_array();
        status = fetch_all(&fetch, reterr);
    }
    json_decref(fetch.served);
    json_decref(fetch.fetched);
    json_decref(fetch.installed);
    json_decref(fetch.silenced);
    json_decref(fetch.rounds);
    door_done(&fetch.door);
    forge_done(&fetch.forge);
    trial_done(&fetch.trial);
    return status;
}

const struct probe probe_update_fetch = {
    .decl = { .name = "update_fetch",
              .summary = { .ja =
                               "機器が尋ねる更新サーバーを演じ、一箇所だけ誤ったイメージを配って、"
                               "適用しないかを調べる",
                           .en = "Plays the update server that the device asks, serves images that "
                                 "are wrong in one way each, and sees whether one is installed" },
              .guide = guide,
              .params = params,
              .facts = facts,
              .needs = PROBE_NEEDS_UPDATE,
              .deadline_ms = 3600000 },
    .run = run,
    .restore = trial_restore,
    .restore_ms = 600000,
    .moves = TRIAL_MOVES | LEVER_BIT(LEVER_CHECK_UPDATE),
};
