/* Two accounts and a note of the higher one. */
#include "remains.h"

#include "support/http_scene.h"
#include "support/probe_run.h"
#include "support/recorded_http.h"

#include <criterion/criterion.h>

extern const struct probe probe_erase_other;

#define RIGHT "PLANTEDright"
#define LOWER "PLANTEDlower"

enum mode { PROPER, LETS_ANYBODY, LETS_NOBODY, THANKS_AND_KEEPS, TAKES_NO_NOTE };

enum { MODE, DELETES };

static char note[128];

static void device(const struct mock_request *request, int fd, struct mock_shared *shared)
{
    const char *cookie = mock_header(request, "Cookie");
    bool admin = cookie != NULL && strstr(cookie, "sid=admin") != NULL;
    int mode = shared->counters[MODE];
    const char *at;
    char words[256];

    if (strcmp(request->path, "/login") == 0) {
        admin = strstr(request->body, RIGHT) != NULL;
        (void) snprintf(words, sizeof words, "Set-Cookie: sid=%s\r\n", admin ? "admin" : "viewer");
        mock_reply(fd, admin || strstr(request->body, LOWER) != NULL ? 200 : 401, words, "{}");
    } else if (cookie == NULL) {
        mock_reply(fd, 401, "", "no");
    } else if (strcmp(request->method, "DELETE") == 0) {
        shared->counters[DELETES]++;
        if (mode == LETS_NOBODY || (!admin && mode == PROPER)) {
            mock_reply(fd, 403, "", "{}");
            return;
        }
        if (mode != THANKS_AND_KEEPS || admin) {
            note[0] = '\0';
        }
        mock_reply(fd, 204, "", "");
    } else if (strcmp(request->method, "PUT") == 0) {
        at = strstr(request->body, "hoshitori-");
        if (mode != TAKES_NO_NOTE && at != NULL) {
            (void) snprintf(note, sizeof note, "%.20s", at);
        }
        mock_reply(fd, 204, "", "");
    } else {
        (void) snprintf(words, sizeof words, "{\"note\":\"%s\"}", note);
        mock_reply(fd, 200, "Content-Type: application/json\r\n", words);
    }
}

Test(erase_other, who_deletes_what)
{
    static const struct {
        enum mode mode;
        bool planted;
        int removed; /* -1: not observed */
        bool by_owner;
    } all[] = {
        { PROPER, true, 0, true },          { LETS_ANYBODY, true, 1, true },
        { LETS_NOBODY, true, 0, false },    { THANKS_AND_KEEPS, true, 0, true },
        { TAKES_NO_NOTE, false, -1, true },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct scene scene;
        struct probe_run run;
        struct credential accounts[2];
        const char *const roles[] = { "admin", "viewer" };
        json_t *body = json_pack("{ss}", "note", "${marker}");
        struct user_datum datum;
        const json_t *removed;

        scene_open(&scene, device, RIGHT);
        scene.mock.shared->counters[MODE] = (int) all[i].mode;
        accounts[0] = account("admin", RIGHT);
        accounts[1] = account("viewer", LOWER);
        scene.auth.credentials = accounts;
        scene.auth.credential_count = 2;
        scene.auth.account_of = "admin-login";
        scene.auth.roles = roles;
        scene.auth.role_count = 2;
        scene.profile.roles = roles;
        scene.profile.role_count = 2;
        datum = (struct user_datum){
            .access = { .id = "note",
                        .service = &scene.service,
                        .auth = &scene.auth,
                        .role = "admin",
                        .read = { .method = "GET", .path = "/note" },
                        .write = { .method = "PUT", .path = "/note", .json = body } },
            .kind = "other",
            .remove = { .method = "DELETE", .path = "/note" },
        };
        scene.subject.user_datum = &datum;
        scene.subject.service = &scene.service;
        scene.subject.address = "127.0.0.1";
        run = probe_run(&probe_erase_other, &scene.subject, "127.0.0.1", scene.mock.port, "{}",
                        10000);
        cr_expect_eq(run.status, STATUS_OK, "%zu: %s", i, run.error.message);
        removed = json_object_get(run.facts, "removed");
        cr_expect_eq(json_is_true(json_object_get(run.facts, "planted")), all[i].planted, "%zu", i);
        cr_expect_eq(removed == NULL ? -1 : json_is_true(removed), all[i].removed, "%zu", i);
        cr_expect_eq(json_is_true(json_object_get(run.facts, "removed_by_owner")), all[i].by_owner,
                     "%zu", i);
        probe_run_done(&run);
        run = probe_run_restore(&probe_erase_other, &scene.subject, scene.mock.port, 10000);
        cr_expect_eq(run.status, all[i].by_owner ? STATUS_OK : STATUS_UNREACHABLE, "%zu", i);
        probe_run_done(&run);
        json_decref(body);
        secret_done(&accounts[0].secret);
        secret_done(&accounts[1].secret);
        scene_done(&scene);
    }
}

Test(erase_other, recorded_answers_are_read_for_what_they_are)
{
    static const struct {
        const char *file;
        bool known;
        bool there;
    } all[] = { { "camera_note.http", true, true },
                { "camera_note_gone.http", true, false },
                { "camera_note_403.http", false, false } };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        DEFER(http_answer_done) struct http_answer answer = { 0 };

        recorded_http(all[i].file, &answer);
        cr_expect_eq(remains_known(&answer, "/api/notes/admin"), all[i].known, "%s", all[i].file);
        cr_expect_eq(remains_in(&answer, "hoshitori-k3v9x0q2mz"), all[i].there, "%s", all[i].file);
    }
}
