/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/pem.h"

#include "base/attrs.h"

static const struct label {
	struct str text;
	unsigned block;
} labels[] = {
	{ { "CERTIFICATE", 11 }, PEM_CERTIFICATE },
	{ { "X509 CERTIFICATE", 16 }, PEM_CERTIFICATE },
	{ { "TRUSTED CERTIFICATE", 19 }, PEM_CERTIFICATE },
	{ { "ENCRYPTED PRIVATE KEY", 21 }, PEM_KEY | PEM_ENCRYPTED_KEY },
	{ { "PRIVATE KEY", 11 }, PEM_KEY },
	{ { "RSA PRIVATE KEY", 15 }, PEM_KEY },
	{ { "DSA PRIVATE KEY", 15 }, PEM_KEY },
	{ { "EC PRIVATE KEY", 14 }, PEM_KEY },
	{ { "X509 CRL", 8 }, PEM_CRL },
};

static unsigned
block_of(struct str label)
{
	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (str_eq(label, labels[i].text))
			return labels[i].block;
	return 0;
}

static struct str
take_line(struct str *text)
{
	size_t len = str_find(*text, '\n');
	struct str line = str_head(*text, len);

	*text = str_skip(*text, len + 1);
	while (line.len > 0 &&
	    (line.p[line.len - 1] == '\r' || line.p[line.len - 1] == ' ' ||
		line.p[line.len - 1] == '\t'))
		line.len--;
	return line;
}

/* The label of "-----BEGIN label-----"; its p is NULL for other lines. */
static struct str
label_of(struct str line, struct str head)
{
	struct str tail = STR("-----");

	if (line.len < head.len + tail.len || !str_starts(line, head) ||
	    !str_eq(str_skip(line, line.len - tail.len), tail))
		return STR_NONE;
	return str_make(line.p + head.len, line.len - head.len - tail.len);
}

/* From behind BEGIN up to END. */
static unsigned
scan_block(struct str *text, struct str label)
{
	unsigned found = block_of(label);

	while (text->len > 0) {
		struct str line = take_line(text);
		struct str end = label_of(line, STR("-----END "));

		if (end.p != NULL)
			return str_eq(end, label) ? found : PEM_BROKEN;
		if ((found & PEM_KEY) != 0 &&
		    str_starts(line, STR("Proc-Type: 4,ENCRYPTED")))
			found |= PEM_ENCRYPTED_KEY;
	}
	return PEM_BROKEN;
}

unsigned
pem_scan(struct str text)
{
	unsigned found = 0;

	while (text.len > 0) {
		struct str line = take_line(&text);
		struct str label = label_of(line, STR("-----BEGIN "));

		if (label.p != NULL)
			found |= scan_block(&text, label);
	}
	return found;
}
