// Exchanges two names as fast as it can, until it is killed.
#define _GNU_SOURCE
#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    puts("ready");
    fflush(stdout);
    for (;;) renameat2(-100, argv[1], -100, argv[2], RENAME_EXCHANGE);
}
