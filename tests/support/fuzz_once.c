/* Runs a fuzz target once over each file named on the command line, so that the
 * target builds and its corpus replays without libFuzzer. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    static uint8_t room[1 << 20];

    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rbe");
        size_t length;

        if (file == NULL) {
            perror(argv[i]);
            return 1;
        }
        length = fread(room, 1, sizeof room, file);
        (void) fclose(file);
        (void) LLVMFuzzerTestOneInput(room, length);
    }
    return 0;
}
