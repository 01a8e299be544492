/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *                 Transfer-Encoding
 *            none              chunked           else
 *   none     NONE, or CLOSE    CHUNKED           refused
 *   length   LENGTH            request: refused  refused
 *                              answer: CHUNKED
 *   else     refused           refused           refused
 *
 * Requests are held to one field, one number, one coding. Answers may say
 * the same thing several times; what differs is refused there too.
 */
#include "http/framing.h"

#include "http/octet.h"
#include "http/status.h"

#define LENGTH_MAX INT64_MAX
#define LENGTH_DIGITS_MAX 19

/* What the fields of a message claim. */
struct claim {
	unsigned lengths; /* fields */
	unsigned codings;
	struct str length; /* value of the first one */
	struct str coding;
};

static struct claim
claim_of(const struct field *field, unsigned count)
{
	struct claim c = { 0, 0, STR_NONE, STR_NONE };
	const struct field *f;

	for (f = field; f < field + count; f++) {
		if (f->id == FIELD_CONTENT_LENGTH && c.lengths++ == 0)
			c.length = f->value;
		if (f->id == FIELD_TRANSFER_ENCODING && c.codings++ == 0)
			c.coding = f->value;
	}
	return c;
}

/* --- Requests ----------------------------------------------------------- */

static enum outcome
request_coding(const struct claim *c, int minor)
{
	if (c->codings == 0)
		return OUTCOME_OK;
	if (minor == 0)
		return OUTCOME_CODING_VERSION;
	if (c->codings > 1)
		return OUTCOME_CODING_MANY;
	if (str_eq_nocase(c->coding, STR("chunked")))
		return OUTCOME_OK;
	if (!str_empty(c->coding) &&
	    octet_run(c->coding, OCTET_TOKEN) == c->coding.len)
		return OUTCOME_CODING_UNKNOWN;
	return OUTCOME_CODING_MANY;
}

static enum outcome
request_length(const struct claim *c, uint64_t *length)
{
	if (c->lengths == 0)
		return OUTCOME_OK;
	if (c->lengths > 1 || str_find(c->length, ',') < c->length.len)
		return OUTCOME_LENGTH_MANY;
	if (str_to_u64(c->length, LENGTH_MAX, length) != 0 ||
	    (c->length.p[0] == '0' && c->length.len > 1))
		return OUTCOME_LENGTH_BAD;
	return OUTCOME_OK;
}

enum outcome
framing_of_request(const struct request *req, struct framing *f)
{
	const struct claim c = claim_of(req->field, req->field_count);
	enum outcome why;

	*f = (struct framing){ FRAMING_NONE, 0, false };
	why = request_coding(&c, req->minor);
	if (why == OUTCOME_OK)
		why = request_length(&c, &f->length);
	if (why != OUTCOME_OK)
		return why;
	if (c.codings > 0 && c.lengths > 0)
		return OUTCOME_LENGTH_AND_CODING;
	if (c.codings > 0)
		f->kind = FRAMING_CHUNKED;
	else if (c.lengths > 0)
		f->kind = FRAMING_LENGTH;
	f->has_length = c.lengths > 0;
	return OUTCOME_OK;
}

/* --- Answers ------------------------------------------------------------ */

/* An element of a list in which none may be empty; *more: and one behind. */
static struct str
next_element(struct str *rest, bool *more)
{
	size_t comma = str_find(*rest, ',');
	struct str element = str_trim(str_head(*rest, comma));

	*more = comma < rest->len;
	*rest = str_skip(*rest, comma + 1);
	return element;
}

/*
 * All numbers of all fields must be one: what is sent on is composed from
 * it. Leading zeros are no ambiguity, RFC 9110 8.6 has them.
 */
static enum outcome
answer_length(struct response *resp, uint64_t *length)
{
	const struct field *f, *end = resp->field + resp->field_count;
	struct str rest, element;
	uint64_t number;
	unsigned seen = 0;
	bool more;

	for (f = resp->field; f < end; f++) {
		if (f->id != FIELD_CONTENT_LENGTH)
			continue;
		rest = f->value;
		for (more = true; more;) {
			element = next_element(&rest, &more);
			if (element.len > LENGTH_DIGITS_MAX ||
			    str_to_u64(element, LENGTH_MAX, &number) != 0 ||
			    (seen++ > 0 && number != *length))
				return OUTCOME_RESPONSE_LENGTH_BAD;
			*length = number;
		}
	}
	if (seen > 1)
		resp->gentle |= RESPONSE_TWO_LENGTHS;
	return OUTCOME_OK;
}

static enum outcome
answer_coding(struct response *resp, const struct claim *c)
{
	const struct field *f, *end = resp->field + resp->field_count;
	struct str rest;
	unsigned seen = 0;
	bool more;

	for (f = resp->field; f < end; f++) {
		if (f->id != FIELD_TRANSFER_ENCODING)
			continue;
		rest = f->value;
		for (more = true; more; seen++)
			if (!str_eq_nocase(next_element(&rest, &more),
				STR("chunked")))
				return OUTCOME_RESPONSE_CODING_BAD;
	}
	if (seen > 1)
		resp->gentle |= RESPONSE_TWO_CODINGS;
	if (c->codings > 0 && resp->minor == 0)
		resp->gentle |= RESPONSE_CHUNKED_10;
	if (c->codings > 0 && c->lengths > 0)
		resp->gentle |= RESPONSE_LENGTH_AND_CHUNKED;
	return OUTCOME_OK;
}

static enum framing_kind
body_kind(const struct claim *c)
{
	if (c->codings > 0)
		return FRAMING_CHUNKED;
	return c->lengths > 0 ? FRAMING_LENGTH : FRAMING_CLOSE;
}

enum outcome
framing_of_response(struct response *resp, enum method request_method,
    struct framing *f)
{
	const struct claim c = claim_of(resp->field, resp->field_count);
	uint64_t length = 0;
	enum outcome why;

	*f = (struct framing){ FRAMING_NONE, 0, false };
	why = answer_length(resp, &length);
	if (why == OUTCOME_OK)
		why = answer_coding(resp, &c);
	if (why != OUTCOME_OK)
		return why;
	if (resp->status < 200 || resp->status == 204)
		return OUTCOME_OK;
	if (request_method != METHOD_HEAD && !status_without_body(resp->status))
		f->kind = body_kind(&c);
	if (c.lengths > 0 && c.codings == 0) {
		f->has_length = true;
		f->length = length;
	}
	return OUTCOME_OK;
}
