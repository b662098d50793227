/* Must not compile: see house.banned in CMakeLists.txt. */
char *copy(char *into, const char *from);

char *copy(char *into, const char *from)
{
    return strcpy(into, from);
}
