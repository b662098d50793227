/* basis.h - what a number, a clause or a grade rests on. */
#pragma once

/* How sure it is, and of what. */
struct basis {
    const char *level;    /* "official", "secondary", "unconfirmed", "project", or "document" */
    const char *document; /* a published document such as "RFC 8996", or NULL */
    const char *edition;  /* of the document, such as "3.1.1", or NULL */
    const char *section;
    const char *read; /* when it was read, such as "2026-11", or NULL */
};
