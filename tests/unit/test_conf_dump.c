/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree as text, and that text as an equal tree. */
#include "base/attrs.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "unit/conf_text.h"
#include "unit/tap.h"

static const char small[] = "MaxURI 9k\nMaxField 9k\nMaxHead 64k\n" LISTEN
			    "Service \"s\"\nURL \"^/a\"\n" BACKEND
			    "End\nEnd\nEnd\n";

static const char small_dump[] = "Daemon 1\n"
				 "Threads 128\n"
				 "LogFacility daemon\n"
				 "Grace 30\n"
				 "Alive 30\n"
				 "DrainTime 3600\n"
				 "Seccomp 1\n"
				 "ListenHTTP\n"
				 "\tAddress 127.0.0.1\n"
				 "\tPort 8080\n"
				 "\txHTTP 0\n"
				 "\tLogLevel 1\n"
				 "\tClient 10\n"
				 "\tRewriteLocation 1\n"
				 "\tRewriteDestination 0\n"
				 "\tMaxURI 9216\n"
				 "\tMaxField 9216\n"
				 "\tMaxHead 65536\n"
				 "\tMaxFields 128\n"
				 "\tMinRate 0\n"
				 "\tStrict 1\n"
				 "\tService \"s\"\n"
				 "\t\tIgnoreCase 0\n"
				 "\t\tURL \"^/a\"\n"
				 "\t\tDisabled 0\n"
				 "\t\tMaxSessions 1000000\n"
				 "\t\tBackEnd\n"
				 "\t\t\tAddress 127.0.0.1\n"
				 "\t\t\tPort 8081\n"
				 "\t\t\tPriority 5\n"
				 "\t\t\tTimeOut 15\n"
				 "\t\t\tConnTO 15\n"
				 "\t\t\tWSTimeOut 600\n"
				 "\t\t\tMaxConn 0\n"
				 "\t\t\tKeepConnections 32\n"
				 "\t\t\tKeepTime 4\n"
				 "\t\t\tStrict 0\n"
				 "\t\t\tDisabled 0\n"
				 "\t\tEnd\n"
				 "\tEnd\n"
				 "End\n";

/* Caller frees. */
static char *
dump_of(const char *text, size_t *findings)
{
	struct text_conf t;
	struct strbuf out;
	char *dump;

	text_read(&t, text);
	*findings = t.notes.count;
	strbuf_init(&out, (size_t)1 << 24);
	if (t.conf != NULL)
		conf_dump(t.conf, &out);
	dump = mem_copy_text(strbuf_text(&out));
	strbuf_release(&out);
	text_release(&t);
	return dump;
}

static void
test_small(void)
{
	size_t findings;
	char *dump = dump_of(small, &findings);

	is_str(dump, small_dump, "a small tree");
	mem_free(dump);
}

/* Each with something that the order of the text or a quote could spoil. */
static const struct {
	const char *text;
	const char *has; /* in the dump */
} cases[] = {
	{ "User \"a \"b\"\nGroup \"#\"\n" LISTEN "End\n",
	    "User \"a \"b\"\nGroup \"#\"\n" },
	{ "LogFacility *\nAnonymize\nMaxConnections 5\n" LISTEN "End\n",
	    "LogFacility *\n" },
	{ "Control \"/a b\" 0640 u:g\n" LISTEN "End\n",
	    "Control \"/a b\" 0640 u:g\n" },
	{ "Control \"c\" 0640 :g\n" LISTEN "End\n", "Control \"c\" 0640 :g\n" },
	{ "Control \"c\" 0640 u:\n" LISTEN "End\n", "Control \"c\" 0640 u\n" },
	{ "IgnoreCase 1\n" LISTEN "CheckURL \"a\"\nService\nURL \"b\"\n"
	  "IgnoreCase 0\nURL \"c\"\nURL \"d\"\nEnd\nEnd\nIgnoreCase 0\n"
	  "ListenHTTP\nAddress ::1\nPort 1\nCheckURL \"e\"\nEnd\n",
	    "IgnoreCase 1\nListenHTTP\n" },
	{ "ECDHCurve \"P-256\"\n" LISTEN_TLS "End\nECDHCurve \"\"\nService\n"
	  "Emergency\nAddress ::1\nPort 1\nHTTPS\nEnd\nEnd\n",
	    "ECDHCurve \"\"\nService\n" },
	{ LISTEN "Err400 \"a b\"\nErr505 \"c\"\nAddHeader \"A:  b \"\n"
		 "HeadRemove \"^\\s\"\nXSSLHeaders pass\nMaxRequest 5\nEnd\n",
	    "\tAddHeader \"A:  b \"\n" },
	{ LISTEN_TLS "Disable TLSv1_1\nDisable TLSv1_3\nXSSLHeaders 2\n"
		     "MinProtocol TLSv1_1\nClientCert 1 3\nCRLlist \"x\"\n"
		     "CRLlist \"y\"\nEnd\n",
	    "\tDisable TLSv1_1\n\tDisable TLSv1_3\n" },
	{ LISTEN_TLS "XSSLHeaders pass\nEnd\n", "\tXSSLHeaders pass\n" },
	{ LISTEN "End\nService\nRedirect 301 \"http://h/\"\n"
		 "Redirect \"http://h\"\nRedirect \"x https://h/p/\"\nEnd\n",
	    "\tRedirect 301 \"http://h/\"\n" },
	{ LISTEN "End\nService\nSession\nType URL\nTTL -7\nID \"a.b\"\nEnd\n"
		 "StrictTransportSecurity 0\nEnd\n",
	    "\t\tTTL -7\n\t\tID \"a.b\"\n" },
	{ LISTEN "End\nService\n" BACKEND "HAport ::1 5\nEnd\n" BACKEND
		 "HAport 5\nEnd\nBackEnd\nAddress /a\nHAport /b\nEnd\nEnd\n",
	    "\t\tHAport /b\n" },
	{ LISTEN "End\nService\n" BACKEND "HTTPS\nServerName \"\"\nEnd\nEnd\n",
	    "\t\tServerName \"\"\n" },
};

static void
test_round_trips(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t first, second;
		char *once = dump_of(cases[i].text, &first);
		char *twice = dump_of(once, &second);

		ok(strstr(once, cases[i].has) != NULL, "case %zu: %s", i,
		    cases[i].has);
		is_str(twice, once, "case %zu: read and dumped again", i);
		mem_free(once);
		mem_free(twice);
	}
}

int
main(void)
{
	test_small();
	test_round_trips();
	return tap_done();
}
