/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/sni.h"

#include <string.h>

#include <openssl/x509v3.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/mem.h"

/* A DNS name (RFC 1035, 2.3.4). */
#define NAME_MAX_LEN ((size_t)255)

static size_t
kind_of(const struct cert *c)
{
	switch (EVP_PKEY_get_base_id(c->key)) {
	case EVP_PKEY_RSA:
		return 0;
	case EVP_PKEY_EC:
		return 1;
	default:
		return 2;
	}
}

/* --- The table: open addressing, no removal --- */

static struct sni_entry *
place_of(const struct sni *s, struct str name, uint64_t hash)
{
	size_t i = (size_t)hash & (s->cap - 1);

	while (s->entry[i].name.p != NULL &&
	    (s->entry[i].hash != hash || !str_eq(s->entry[i].name, name)))
		i = (i + 1) & (s->cap - 1);
	return &s->entry[i];
}

static void
grow(struct sni *s)
{
	struct sni_entry *old = s->entry;
	const size_t old_cap = s->cap;

	s->cap = old_cap > 0 ? old_cap * 2 : 16;
	s->entry = mem_alloc(s->cap * sizeof(s->entry[0]));
	for (size_t i = 0; i < old_cap; i++)
		if (old[i].name.p != NULL)
			*place_of(s, old[i].name, old[i].hash) = old[i];
	mem_free(old);
}

static void
add_name(struct sni *s, struct str lower, size_t order, const struct cert *c)
{
	const uint64_t hash = hash_plain(lower);
	struct sni_entry *e;
	char *copy;

	if ((s->count + 1) * 2 > s->cap)
		grow(s);
	e = place_of(s, lower, hash);
	if (e->name.p == NULL) {
		copy = mem_alloc(lower.len);
		memcpy(copy, lower.p, lower.len);
		*e = (struct sni_entry){ str_make(copy, lower.len), hash, order,
			c, { NULL } };
		s->count++;
	}
	if (e->cert[kind_of(c)] == NULL)
		e->cert[kind_of(c)] = c;
}

/* In lower case and without a final dot: its length, 0 for no name. */
static size_t
normalise(struct str name, char *lower)
{
	if (name.len > 0 && name.p[name.len - 1] == '.')
		name.len--;
	if (name.len > NAME_MAX_LEN)
		return 0;
	for (size_t i = 0; i < name.len; i++)
		lower[i] = (char)str_lower((unsigned char)name.p[i]);
	return name.len;
}

/* --- The names of a certificate --- */

static bool
is_host(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.*",
			s.p[i]) == NULL ||
		    s.p[i] == '\0')
			return false;
	return s.len > 0;
}

static void
add_asn1(struct sni *s, const ASN1_STRING *text, size_t order,
    const struct cert *c)
{
	char lower[NAME_MAX_LEN];
	struct str name = str_make((const char *)ASN1_STRING_get0_data(text),
	    (size_t)ASN1_STRING_length(text));

	name = str_make(lower, normalise(name, lower));
	if (is_host(name))
		add_name(s, name, order, c);
}

/* As Pound always did, the last CN counts, too. */
static void
add_common_name(struct sni *s, size_t order, const struct cert *c)
{
	const X509_NAME *subject = X509_get_subject_name(c->x509);
	int last = -1;

	for (int i = -1;;) {
		i = X509_NAME_get_index_by_NID(subject, NID_commonName, i);
		if (i < 0)
			break;
		last = i;
	}
	if (last >= 0)
		add_asn1(s,
		    X509_NAME_ENTRY_get_data(
			X509_NAME_get_entry(subject, last)),
		    order, c);
}

static void
add_cert(struct sni *s, size_t order, const struct cert *c)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(c->x509, NID_subject_alt_name,
	    NULL, NULL);

	add_common_name(s, order, c);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_DNS)
			add_asn1(s, name->d.dNSName, order, c);
	}
	GENERAL_NAMES_free(names);
}

/* Who sends no name gets what stands beside the first certificate, too. */
static void
set_fallback(struct sni *s, const struct cert *first)
{
	s->fallback = (struct sni_entry){ STR_NONE, 0, 0, first, { NULL } };
	s->fallback.cert[kind_of(first)] = first;
	for (size_t i = 0; i < s->cap; i++)
		if (s->entry[i].name.p != NULL && s->entry[i].first == first) {
			memcpy(s->fallback.cert, s->entry[i].cert,
			    sizeof(s->fallback.cert));
			return;
		}
}

void
sni_init(struct sni *s, const struct certs *list)
{
	check(list->count > 0);
	*s = (struct sni){ 0 };
	grow(s);
	for (size_t i = 0; i < list->count; i++)
		add_cert(s, i, list->cert[i]);
	set_fallback(s, list->cert[0]);
}

void
sni_release(struct sni *s)
{
	for (size_t i = 0; i < s->cap; i++)
		mem_free((char *)(uintptr_t)s->entry[i].name.p);
	mem_free(s->entry);
	*s = (struct sni){ 0 };
}

/* --- Looking up --- */

static const struct sni_entry *
find(const struct sni *s, struct str lower)
{
	const struct sni_entry *e = place_of(s, lower, hash_plain(lower));

	return e->name.p != NULL ? e : NULL;
}

const struct sni_entry *
sni_find(const struct sni *s, struct str name)
{
	char lower[NAME_MAX_LEN + 1];
	const size_t len = normalise(name, lower + 1);
	const struct str plain = str_make(lower + 1, len);
	const size_t dot = str_find(plain, '.');
	const struct sni_entry *exact, *wild;
	char *star = lower + dot; /* over the last byte of the first label */

	if (len == 0 || dot == 0)
		return &s->fallback;
	exact = find(s, plain);
	*star = '*';
	wild = find(s, str_make(star, len - dot + 1));
	if (exact == NULL || (wild != NULL && wild->order < exact->order))
		exact = wild;
	return exact != NULL ? exact : &s->fallback;
}

/*
 *	ServerNameList: length(2), then of each name type(1) length(2) bytes
 *	with type 0 for a host name.
 */
struct str
sni_parse(const unsigned char *p, size_t len)
{
	size_t n;

	if (len < 5 || (size_t)(p[0] << 8 | p[1]) != len - 2 || p[2] != 0)
		return STR_NONE;
	n = (size_t)(p[3] << 8 | p[4]);
	if (n == 0 || n != len - 5 || memchr(p + 5, '\0', n) != NULL)
		return STR_NONE;
	return str_make((const char *)p + 5, n);
}
