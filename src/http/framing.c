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

/* What the fields of a message say. */
struct claim {
	unsigned lengths; /* fields */
	unsigned codings;
	struct field *length; /* the first one */
	struct field *coding;
};

static struct claim
claim_of(struct field *field, unsigned count)
{
	struct claim c = { 0, 0, NULL, NULL };
	struct field *f;

	for (f = field; f < field + count; f++) {
		if (f->id == FIELD_CONTENT_LENGTH && c.lengths++ == 0)
			c.length = f;
		if (f->id == FIELD_TRANSFER_ENCODING && c.codings++ == 0)
			c.coding = f;
	}
	return c;
}

/* --- Requests ----------------------------------------------------------- */

static enum outcome
request_coding(const struct claim *c, int minor)
{
	struct str value;

	if (c->codings == 0)
		return OUTCOME_OK;
	if (minor == 0)
		return OUTCOME_CODING_VERSION;
	if (c->codings > 1)
		return OUTCOME_CODING_MANY;
	value = c->coding->value;
	if (str_eq_nocase(value, STR("chunked")))
		return OUTCOME_OK;
	if (!str_empty(value) && octet_run(value, OCTET_TOKEN) == value.len)
		return OUTCOME_CODING_UNKNOWN;
	return OUTCOME_CODING_MANY;
}

static enum outcome
request_length(const struct claim *c, uint64_t *length)
{
	struct str value;

	if (c->lengths == 0)
		return OUTCOME_OK;
	value = c->length->value;
	if (c->lengths > 1 || str_find(value, ',') < value.len)
		return OUTCOME_LENGTH_MANY;
	if (str_to_u64(value, LENGTH_MAX, length) != 0 ||
	    (value.p[0] == '0' && value.len > 1))
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

/* Next element of a list in which none may be empty. */
static bool
next_element(struct str *rest, struct str *element)
{
	size_t comma;

	if (rest->p == NULL)
		return false;
	comma = str_find(*rest, ',');
	*element = str_trim(str_head(*rest, comma));
	*rest = comma < rest->len
	    ? str_make(rest->p + comma + 1, rest->len - comma - 1)
	    : STR_NONE;
	return true;
}

/* Leading zeros are set aside, and the number has at most 19 digits. */
static bool
answer_number(struct str *digits, uint64_t *number)
{
	if (digits->len > LENGTH_DIGITS_MAX ||
	    str_to_u64(*digits, LENGTH_MAX, number) != 0)
		return false;
	while (digits->len > 1 && digits->p[0] == '0')
		*digits = str_skip(*digits, 1);
	return true;
}

/* All elements of a field's list must be the one number: *length, or when
 * seen is 0 the number that it becomes. */
static bool
answer_length_field(struct field *f, unsigned *seen, uint64_t *length)
{
	struct str rest = f->value, element;
	uint64_t number;

	while (next_element(&rest, &element)) {
		if (!answer_number(&element, &number))
			return false;
		if ((*seen)++ > 0 && number != *length)
			return false;
		*length = number;
	}
	f->value = element;
	return true;
}

/* Equal numbers become one: what the client sees is not ambiguous. */
static enum outcome
answer_length(struct response *resp, const struct claim *c, uint64_t *length)
{
	struct field *f, *end = resp->field + resp->field_count;
	unsigned seen = 0;

	for (f = resp->field; f < end; f++) {
		if (f->id != FIELD_CONTENT_LENGTH)
			continue;
		if (!answer_length_field(f, &seen, length))
			return OUTCOME_RESPONSE_LENGTH_BAD;
		if (f != c->length)
			f->skip = true;
	}
	if (seen > 1)
		resp->gentle |= RESPONSE_TWO_LENGTHS;
	return OUTCOME_OK;
}

static enum outcome
answer_coding(struct response *resp, const struct claim *c)
{
	const struct field *f, *end = resp->field + resp->field_count;
	struct str rest, element;
	unsigned seen = 0;

	for (f = resp->field; f < end; f++) {
		if (f->id != FIELD_TRANSFER_ENCODING)
			continue;
		rest = f->value;
		while (next_element(&rest, &element)) {
			if (!str_eq_nocase(element, STR("chunked")))
				return OUTCOME_RESPONSE_CODING_BAD;
			seen++;
		}
	}
	if (seen > 1)
		resp->gentle |= RESPONSE_TWO_CODINGS;
	if (c->codings > 0 && resp->minor == 0)
		resp->gentle |= RESPONSE_CHUNKED_10;
	if (c->codings > 0 && c->lengths > 0)
		resp->gentle |= RESPONSE_LENGTH_AND_CHUNKED;
	return OUTCOME_OK;
}

enum outcome
framing_of_response(struct response *resp, enum method request_method,
    struct framing *f)
{
	const struct claim c = claim_of(resp->field, resp->field_count);
	enum outcome why;

	*f = (struct framing){ FRAMING_NONE, 0, false };
	why = answer_length(resp, &c, &f->length);
	if (why == OUTCOME_OK)
		why = answer_coding(resp, &c);
	if (why != OUTCOME_OK)
		return why;
	if (resp->status < 200 || resp->status == 204)
		return OUTCOME_OK;
	f->has_length = c.lengths > 0;
	if (request_method == METHOD_HEAD || status_without_body(resp->status))
		return OUTCOME_OK;
	if (c.codings > 0) {
		f->kind = FRAMING_CHUNKED;
		f->has_length = false;
	} else {
		f->kind = c.lengths > 0 ? FRAMING_LENGTH : FRAMING_CLOSE;
	}
	return OUTCOME_OK;
}
