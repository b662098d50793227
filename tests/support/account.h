/* account.h - an account of a profile that is made in a test. */
#pragma once

#include "model/profile.h"

#include <criterion/criterion.h>
#include <string.h>

/* A user named as the role; secret_done(&account.secret). */
__attribute__((unused)) static struct credential account(const char *role, const char *password)
{
    struct credential made = { .role = role, .user = role };

    cr_assert_eq(secret_set(&made.secret, password, strlen(password), SECRET_FOR_CHILDREN, NULL),
                 STATUS_OK);
    return made;
}
