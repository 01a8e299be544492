/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FUZZ_MUST_H
#define FUZZ_MUST_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What a fuzz target has to find; what is not so ends it. */
#define must(held) ((held) ? (void)0 : must_failed(__FILE__, __LINE__, #held))

static inline void
must_failed(const char *file, int line, const char *held)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, held);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
