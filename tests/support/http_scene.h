/* http_scene.h - a device with a log-in over HTTP and one protected thing behind it, and the
 * profile that declares both. */
#pragma once

#include "account.h"
#include "mock_http.h"

#include "model/plan.h"

#include <jansson.h>

struct scene {
    struct mock mock;
    struct service service;
    struct credential credential;
    struct auth auth;
    struct access access;
    struct profile profile;
    struct subject subject; /* a test adds what it is about */
    json_t *login;
    json_t *change; /* for the test's own templates, or NULL; given back by scene_done */
};

/* The form at /login takes JSON.  password NULL: the profile declares no account.  Without
 * a device, the port is all that is known of it. */
__attribute__((unused)) static void scene_declare(struct scene *scene, uint16_t port,
                                                  const char *password)
{
    *scene = (struct scene){
        .service = { .id = "admin", .port = port, .protocol = "http" },
        .login = json_pack("{ssss}", "user", "${user}", "password", "${password}"),
    };
    scene->auth = (struct auth){
        .id = "admin-login",
        .kind = "password",
        .service = &scene->service,
        .scheme = "form",
        .login = { .method = "POST", .path = "/login", .json = scene->login },
        .success_status = 200,
        .failure_status = 401,
    };
    if (password != NULL) {
        scene->credential = account("admin", password);
        scene->auth.credentials = &scene->credential;
        scene->auth.credential_count = 1;
    }
    scene->access = (struct access){ .id = "settings@admin",
                                     .asset = "settings",
                                     .service = &scene->service,
                                     .auth = &scene->auth,
                                     .role = "admin",
                                     .read = { .method = "GET", .path = "/settings" } };
    scene->profile = (struct profile){ .model = "HC-100",
                                       .accesses = &scene->access,
                                       .access_count = 1,
                                       .auths = &scene->auth,
                                       .auth_count = 1 };
    scene->subject = (struct subject){ .profile = &scene->profile };
}

__attribute__((unused)) static void scene_open(struct scene *scene, mock_handler handler,
                                               const char *password)
{
    struct mock mock = mock_start(handler);

    scene_declare(scene, mock.port, password);
    scene->mock = mock;
}

__attribute__((unused)) static void scene_done(struct scene *scene)
{
    if (scene->mock.pid > 0) {
        mock_stop(&scene->mock);
    }
    secret_done(&scene->credential.secret);
    json_decref(scene->login);
    json_decref(scene->change);
}
