/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/ticket.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/check.h"
#include "base/deadline.h"
#include "base/lock.h"
#include "net/tls_internal.h"

#define RING_KEY 32
#define IV_SIZE 16

/* There is one in a process, drawn by the supervisor. */
static struct ring {
	struct lock lock;
	bool made;
	int64_t since_ms; /* of period 0 */
	uint32_t period;  /* of now[] */
	unsigned char now[RING_KEY], before[RING_KEY];
} ring = { .lock = LOCK_INIT(LOCK_TLS) };

static void
one_way(const EVP_MD *md, const unsigned char *key, const void *bytes,
    size_t len, unsigned char *out)
{
	check(HMAC(md, key, RING_KEY, bytes, len, out, NULL) != NULL);
}

void
ticket_init(void)
{
	lock_take(&ring.lock);
	if (!ring.made) {
		check(RAND_bytes(ring.now, RING_KEY) == 1);
		check(RAND_bytes(ring.before, RING_KEY) == 1);
		ring.since_ms = deadline_now_ms();
		ring.made = true;
	}
	lock_drop(&ring.lock);
}

bool
ticket_export(unsigned char *out)
{
	bool made;

	lock_take(&ring.lock);
	made = ring.made;
	memcpy(out, &ring.since_ms, 8);
	memcpy(out + 8, &ring.period, 4);
	memcpy(out + 12, ring.now, RING_KEY);
	memcpy(out + 12 + RING_KEY, ring.before, RING_KEY);
	lock_drop(&ring.lock);
	return made;
}

void
ticket_import(const unsigned char *in)
{
	_Static_assert(TICKET_RING_SIZE == 12 + 2 * RING_KEY, "all of it");

	lock_take(&ring.lock);
	memcpy(&ring.since_ms, in, 8);
	memcpy(&ring.period, in + 8, 4);
	memcpy(ring.now, in + 12, RING_KEY);
	memcpy(ring.before, in + 12 + RING_KEY, RING_KEY);
	ring.made = true;
	lock_drop(&ring.lock);
}

/* The lock is held. */
static void
turn_ring(int64_t now_ms)
{
	static const char next[] = "next period";
	unsigned char key[RING_KEY];

	while (now_ms - ring.since_ms >=
	    ((int64_t)ring.period + 1) * TICKET_PERIOD_MS) {
		one_way(EVP_sha256(), ring.now, next, sizeof(next), key);
		memcpy(ring.before, ring.now, RING_KEY);
		memcpy(ring.now, key, RING_KEY);
		OPENSSL_cleanse(key, sizeof(key));
		ring.period++;
	}
}

static void
make_name(const unsigned char *policy, uint32_t period, unsigned char *name)
{
	for (int i = 0; i < 4; i++)
		name[i] = (unsigned char)(period >> (24 - 8 * i));
	memcpy(name + 4, policy, 12);
}

static void
derive(const unsigned char *policy, uint32_t period,
    const unsigned char *ring_key, struct ticket_keys *keys)
{
	unsigned char both[64];

	make_name(policy, period, keys->name);
	one_way(EVP_sha512(), ring_key, policy, TLS_POLICY_SIZE, both);
	memcpy(keys->cipher, both, 32);
	memcpy(keys->mac, both + 32, 32);
	OPENSSL_cleanse(both, sizeof(both));
}

/* What is kept of the slot is not of this period. */
static void
forget_others(struct ticket_owner *o, uint32_t period)
{
	struct ticket_keys *kept = &o->kept[period & 1];
	unsigned char name[16];

	make_name(o->policy, period, name);
	if (memcmp(kept->name, name, sizeof(name)) == 0)
		return;
	OPENSSL_cleanse(kept, sizeof(*kept));
	o->has[period & 1] = false;
}

/* The keys of a period that the ring knows: 0 its own, 1 the one before.
 * The lock is held. */
static void
get_keys(struct ticket_owner *o, uint32_t age, struct ticket_keys *keys)
{
	const uint32_t period = ring.period - age, slot = period & 1;

	forget_others(o, ring.period);
	forget_others(o, ring.period - 1);
	if (!o->has[slot])
		derive(o->policy, period, age == 0 ? ring.now : ring.before,
		    &o->kept[slot]);
	o->has[slot] = true;
	*keys = o->kept[slot];
}

void
ticket_now(struct ticket_owner *o, int64_t now_ms, struct ticket_keys *keys)
{
	lock_take(&ring.lock);
	turn_ring(now_ms);
	get_keys(o, 0, keys);
	lock_drop(&ring.lock);
}

int
ticket_find(struct ticket_owner *o, int64_t now_ms, const unsigned char *name,
    struct ticket_keys *keys)
{
	unsigned char want[16];
	uint32_t age;

	lock_take(&ring.lock);
	turn_ring(now_ms);
	for (age = 0; age < 2; age++) {
		make_name(o->policy, ring.period - age, want);
		if (memcmp(want, name, sizeof(want)) == 0)
			break;
	}
	if (age < 2)
		get_keys(o, age, keys);
	lock_drop(&ring.lock);
	return age < 2 ? (int)age + 1 : 0;
}

/* --- OpenSSL's callback --- */

struct ticket_contexts {
	EVP_CIPHER_CTX *cipher;
	EVP_MAC_CTX *mac;
	int encrypt;
};

static int
use_keys(const struct tls_server *s, const struct ticket_keys *keys,
    const unsigned char *iv, const struct ticket_contexts *c)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
		    (void *)(uintptr_t)keys->mac, sizeof(keys->mac)),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
		    0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(c->mac, params) == 1 &&
	    EVP_CipherInit_ex(c->cipher, s->ticket_cipher, NULL, keys->cipher,
		iv, c->encrypt) == 1;
}

static int
give_keys(SSL *ssl, unsigned char *name, unsigned char *iv,
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypt)
{
	struct tls_server *s = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	const struct ticket_contexts c = { cipher, mac, encrypt };
	const int64_t now_ms = deadline_now_ms();
	struct ticket_keys keys;
	int result = 1;

	if (encrypt) {
		ticket_now(&s->tickets, now_ms, &keys);
		memcpy(name, keys.name, sizeof(keys.name));
		if (RAND_bytes(iv, IV_SIZE) != 1)
			result = -1;
	} else {
		result = ticket_find(&s->tickets, now_ms, name, &keys);
		/* a ticket of TLS 1.3 is used once: there is a next one */
		if (result == 1 && SSL_version(ssl) >= TLS1_3_VERSION)
			result = 2;
	}
	if (result > 0 && !use_keys(s, &keys, iv, &c))
		result = -1;
	OPENSSL_cleanse(&keys, sizeof(keys));
	return result;
}

void
ticket_enable(SSL_CTX *ctx)
{
	struct tls_server *s = SSL_CTX_get_app_data(ctx);

	ticket_init();
	/* Found once, not by its name for each ticket. */
	s->ticket_cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	check(s->ticket_cipher != NULL);
	check(SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, give_keys) == 1);
}
