/** The four memory functions that a freestanding compiler may call; mem.c defines them (host builds use libc's). */
#ifndef LF_MEM_H
#define LF_MEM_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

#endif
