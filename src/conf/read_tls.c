/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TLS directives of ListenHTTPS, BackEnd and Emergency. What files contain
 * is checked as far as it can be seen from outside; the rest is done where
 * OpenSSL is.
 */
#include "conf/read.h"

#include "conf/argument.h"
#include "conf/notes.h"
#include "conf/pem.h"
#include "conf/value.h"

#define PEM_MAX ((size_t)64 << 20)

static const char *const protocols[] = { "SSLv2", "SSLv3", "TLSv1", "TLSv1_1",
	"TLSv1_2", "TLSv1_3", NULL };
static const char *const min_protocols[] = { "TLSv1", "TLSv1_1", "TLSv1_2",
	"TLSv1_3", NULL };

static struct conf_tls *
tls_of(struct builder *b)
{
	return b->backend != NULL ? &b->backend->tls : &b->listener->tls;
}

/* --- Files --- */

static const char *
expected_in(unsigned needs)
{
	if ((needs & PEM_KEY) != 0)
		return "a PEM file with certificate, chain and private key";
	return (needs & PEM_CRL) != 0 ? "a PEM file with CRLs"
				      : "a PEM file with certificates";
}

static void
file_error(struct builder *b, const char *path, unsigned needs,
    const char *words)
{
	struct builder_hint hint = { NULL, expected_in(needs) };

	builder_error_hint(b, b->at.arg[0].whole, hint, "%s: %s: %s",
	    b->row->name, path, words);
}

/* What is wrong with these blocks, or NULL. */
static const char *
fault_of(unsigned needs, unsigned found)
{
	unsigned lacks = needs & ~found;

	/* a block that nobody needs may be anything */
	if (lacks != 0 && (found & PEM_BROKEN) != 0)
		return "a PEM block in it has no proper end";
	if ((lacks & PEM_CERTIFICATE) != 0)
		return "there is no certificate in it (PEM)";
	if ((lacks & PEM_CRL) != 0)
		return "there is no CRL in it (PEM)";
	if ((lacks & PEM_KEY) != 0)
		return "there is no private key in it (PEM); it stands in the "
		       "same file as the certificate";
	if ((needs & PEM_KEY) != 0 && (found & PEM_ENCRYPTED_KEY) != 0)
		return "the private key is encrypted, and nobody can be asked "
		       "for its password: \"openssl pkey -in OLD -out NEW\" "
		       "writes it without";
	return NULL;
}

static void
check_pem(struct builder *b, const char *path, unsigned needs)
{
	const char *why;
	struct file f;

	if (file_read(&f, path, PEM_MAX, &why) == 0) {
		why = fault_of(needs, pem_scan(str_make(f.bytes, f.len)));
		file_release(&f);
	}
	if (why != NULL)
		file_error(b, path, needs, why);
}

/* The file named, as it can be opened, after a look into it. */
static struct str
take_pem(struct builder *b, const struct directive_value *v, unsigned needs)
{
	const char *path;

	if (b->offline)
		return builder_copy(b, v->text);
	path = file_find(b->arena, v->text, b->at.place.file);
	check_pem(b, path, needs);
	return str_from(path);
}

static void
push_text(struct builder *b, struct conf_texts *list, struct str text)
{
	list->text = tree_grow(b->tree, list->text, list->count,
	    sizeof(list->text[0]));
	list->text[list->count++] = text;
}

/* Stapled answers stand beside the certificates. */
static bool
is_certificate_name(const char *path)
{
	struct str s = str_from(path), tail = STR(".ocsp");

	return !file_is_directory(path) &&
	    (s.len < tail.len || !str_eq(str_skip(s, s.len - tail.len), tail));
}

static const char *
all_files_of(struct builder *b, const char *folder)
{
	struct strbuf pattern;
	const char *text;

	strbuf_init(&pattern, strlen(folder) + 2);
	strbuf_addf(&pattern, "%s/*", folder);
	text = builder_copy(b, strbuf_str(&pattern)).p;
	strbuf_release(&pattern);
	return text;
}

/* Every file that the glob names, one at least. */
static const char *
check_glob(struct builder *b, const char *name)
{
	unsigned needs = PEM_CERTIFICATE | PEM_KEY;
	size_t checked = 0;
	const char *pattern;
	glob_t found;

	pattern = file_glob(b->arena, str_from(name), b->at.place.file, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (is_certificate_name(found.gl_pathv[i])) {
			check_pem(b, found.gl_pathv[i], needs);
			checked++;
		}
	if (checked == 0)
		file_error(b, name, needs, "there is no file of that name");
	globfree(&found);
	return pattern;
}

/* A file, a folder or a glob; the path as it can be opened. */
static const char *
check_certs(struct builder *b, struct str name)
{
	const char *path = file_find(b->arena, name, b->at.place.file);

	if (file_is_directory(path))
		check_glob(b, all_files_of(b, path));
	else if (!file_exists(path) && file_has_magic(path))
		path = check_glob(b, path);
	else
		check_pem(b, path, PEM_CERTIFICATE | PEM_KEY);
	return path;
}

void
read_tls_listener_cert(struct builder *b, const struct directive_value *v)
{
	push_text(b, &b->listener->tls.certs,
	    b->offline ? builder_copy(b, v->text)
		       : str_from(check_certs(b, v->text)));
}

void
read_tls_backend_cert(struct builder *b, const struct directive_value *v)
{
	struct str path = take_pem(b, v, PEM_CERTIFICATE | PEM_KEY);

	b->backend->tls.certs.count = 0;
	push_text(b, &b->backend->tls.certs, path);
}

void
read_tls_ca_list(struct builder *b, const struct directive_value *v)
{
	b->listener->tls.ca_list = take_pem(b, v, PEM_CERTIFICATE);
}

void
read_tls_verify_list(struct builder *b, const struct directive_value *v)
{
	tls_of(b)->verify_list = take_pem(b, v, PEM_CERTIFICATE);
}

void
read_tls_crl_list(struct builder *b, const struct directive_value *v)
{
	push_text(b, &b->listener->tls.crls, take_pem(b, v, PEM_CRL));
}

/* --- Protocols --- */

static enum conf_tls_version
version_of(struct builder *b, const struct directive_value *v,
    const char *const *names)
{
	const struct lexer_line *line = v->line;
	struct strbuf expected;
	int i;

	strbuf_init(&expected, BUILDER_TEXT_MAX);
	directive_add_form(&expected, v->row);
	i = line->count == 1 ? argument_choice(line->arg[0].whole, names) : -1;
	if (line->count != 1)
		builder_error(b, line->name, "%s takes one argument",
		    v->row->name);
	else if (i < 0)
		builder_error_hint(b, line->arg[0].whole,
		    (struct builder_hint){
			argument_meant(line->arg[0].whole, names),
			strbuf_text(&expected) },
		    "%s: %.*s is not a protocol", v->row->name,
		    NOTES_WORD(line->arg[0].whole));
	strbuf_release(&expected);
	return (enum conf_tls_version)i;
}

/* The named one and all older ones; 1.3 alone, since nothing is newer. */
void
read_tls_disable(struct builder *b, const struct directive_value *v)
{
	int newest = (int)version_of(b, v, protocols) - 2 + CONF_TLS_1_0;
	unsigned *disabled = &tls_of(b)->disabled;

	if (newest == CONF_TLS_1_3)
		*disabled |= 1U << CONF_TLS_1_3;
	else
		for (int i = CONF_TLS_1_0; i <= newest; i++)
			*disabled |= 1U << i;
}

void
read_tls_min_protocol(struct builder *b, const struct directive_value *v)
{
	int i = (int)version_of(b, v, min_protocols);

	if (i < 0)
		return;
	tls_of(b)->min_version = (enum conf_tls_version)(i + CONF_TLS_1_0);
	if (i + CONF_TLS_1_0 < CONF_TLS_1_2)
		builder_warn(b, v->line->arg[0].whole,
		    "MinProtocol: %s is not safe any more", min_protocols[i]);
}

void
read_tls_ciphers(struct builder *b, const struct directive_value *v)
{
	tls_of(b)->ciphers = builder_copy(b, v->text);
}

void
read_tls_server_name(struct builder *b, const struct directive_value *v)
{
	tls_of(b)->has_server_name = true;
	tls_of(b)->server_name = builder_copy(b, v->text);
}

static unsigned
all_from(enum conf_tls_version min)
{
	unsigned bits = 0;

	for (int i = min == CONF_TLS_DEFAULT ? CONF_TLS_1_2 : (int)min;
	     i <= CONF_TLS_1_3; i++)
		bits |= 1U << i;
	return bits;
}

void
read_tls_close(struct builder *b, struct conf_tls *tls)
{
	struct str word;

	if ((all_from(tls->min_version) & ~tls->disabled) != 0)
		return;
	word = builder_blame(b, "Disable");
	builder_warn(b, word,
	    "Disable leaves no protocol and is ignored: TLSv1_2 and TLSv1_3 "
	    "are used");
	tls->disabled = 0;
	tls->min_version = CONF_TLS_DEFAULT;
}

/* --- The rest of ListenHTTPS --- */

/* ClientCert MODE [DEPTH] */
void
read_tls_client_cert(struct builder *b, const struct directive_value *v)
{
	static const struct directive_form mode = { .kind = DIRECTIVE_NUMBER,
		.max = 3 };
	static const struct directive_form depth = { .kind = DIRECTIVE_NUMBER,
		.min = 1,
		.max = 9 };
	const struct lexer_line *line = v->line;
	uint64_t n;

	if (line->count < 1 || line->count > 2) {
		builder_error(b, line->name,
		    "ClientCert takes one or two "
		    "numbers");
		return;
	}
	if (value_number(b, line->arg[0].whole, &mode, &n))
		b->listener->tls.client_cert = (int)n;
	if (line->count == 2 && value_number(b, line->arg[1].whole, &depth, &n))
		b->listener->tls.client_cert_depth = (int)n;
}

void
read_tls_honor_order(struct builder *b, const struct directive_value *v)
{
	b->listener->tls.honor_cipher_order = v->number != 0;
}

void
read_tls_renegotiation(struct builder *b, const struct directive_value *v)
{
	b->listener->tls.renegotiation = (int)v->number;
	if (v->number > 0)
		builder_warn(b, v->word,
		    "SSLAllowClientRenegotiation: renegotiation by the client "
		    "is always refused");
}

void
read_tls_no_https11(struct builder *b, const struct directive_value *v)
{
	b->listener->no_https11 = (int)v->number;
}

/* A number in ListenHTTPS, pass everywhere. */
void
read_tls_xssl_headers(struct builder *b, const struct directive_value *v)
{
	static const struct directive_form level = { .kind = DIRECTIVE_NUMBER,
		.max = 3 };
	const struct lexer_line *line = v->line;
	struct str word = line->arg[0].whole;
	uint64_t n = 0;

	if (line->count != 1) {
		builder_error(b, line->name, "XSSLHeaders takes one argument");
		return;
	}
	b->listener->xssl_pass = str_eq_nocase(word, STR("pass"));
	if (!b->listener->xssl_pass && !b->listener->https)
		builder_error(b, word,
		    "XSSLHeaders: %.*s has no meaning in a ListenHTTP",
		    NOTES_WORD(word));
	else if (!b->listener->xssl_pass && !value_number(b, word, &level, &n))
		return;
	b->listener->xssl_headers = (int)n;
}
