/* name.h - what a profile calls an algorithm, as policies have it. */
#pragma once

enum { NAME_SIZE = 128 };

/* In lower case, joined by a hyphen: "aes-gcm".  second: NULL for none. */
void name_join(const char *first, const char *second, char room[NAME_SIZE]);
