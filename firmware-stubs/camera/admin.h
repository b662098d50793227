/* admin.h - what the pages of the administration service share. */
#pragma once

#include "camera/camera.h"
#include "support/http.h"

#include <jansson.h>

enum need { NEED_NOTHING, NEED_SESSION, NEED_ADMIN };

struct visit {
    struct camera *camera;
    const struct message *request;
    const struct session *session; /* NULL: nobody is logged in */
    const char *path;
};

struct route {
    const char *method;
    const char *path; /* one that ends in '*' stands for all that begin so */
    enum need need;
    enum defect open_with;   /* the defect that forgets the need */
    enum defect viewer_with; /* the defect that forgets the role */
    struct http_answer (*answer)(const struct visit *visit);
};

#define ROUTE(method, path, need, answer)                                                          \
    {                                                                                              \
        method, path, need, DEFECT_NONE, DEFECT_NONE, answer                                       \
    }

struct route_table {
    const struct route *routes;
    size_t count;
};

extern const struct route_table update_routes;
extern const struct route_table user_data_routes;
extern const struct route_table document_routes;

/* Takes the value over. */
struct http_answer answer_json(struct camera *camera, int status, json_t *value);
struct http_answer answer_error(struct camera *camera, int status, const char *why);

/* The body as an object with exactly these text members; NULL otherwise. */
json_t *body_texts(const struct message *request, const char *first, const char *second,
                   const char **ret_first, const char **ret_second);

/* A page of which a defect takes the model's name. */
struct http_answer camera_page(struct camera *camera, const char *page);

struct http_answer users_get(const struct visit *visit);
