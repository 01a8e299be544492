/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FUZZ_TURN_CONF_H
#define FUZZ_TURN_CONF_H

/*
 * What fuzz_proxy_turn serves by. The listeners: 0 a plain one; 1 with low
 * limits, gentle, RPC, everything logged; 2 with sessions of each kind; 3
 * with all that rewrites.
 */
#define TURN_LISTEN "ListenHTTP\nAddress 127.0.0.1\nPort "
#define TURN_END "End\n"
#define TURN_SERVICE(url, inside) "Service\nURL \"^/" url "\"\n" inside TURN_END
#define TURN_BACKEND(port, more) \
	"BackEnd\nAddress 127.0.0.1\nPort " port \
	"\nTimeOut 15\nConnTO 5\nWSTimeOut 30\n" more TURN_END
#define TURN_REDIRECT "Redirect \"http://r.test\"\n"

#define TURN_SERVICES \
	TURN_SERVICE("r", TURN_REDIRECT) \
	TURN_SERVICE("m", TURN_BACKEND("7001", "MaxConn 1\n")) \
	TURN_SERVICE("t", \
	    TURN_BACKEND("7001", "Priority 9\n") \
		TURN_BACKEND("7002", "Priority 1\n") TURN_REDIRECT \
	    "Emergency\nAddress 127.0.0.1\nPort 7003\nEnd\n") \
	TURN_SERVICE("s", TURN_BACKEND("7002", "Strict 1\n")) \
	TURN_SERVICE("[^x]?", TURN_BACKEND("7001", ""))

#define TURN_SESSION(url, words) \
	TURN_SERVICE(url, \
	    TURN_BACKEND("7001", "") TURN_BACKEND("7002", \
		"MaxConn 1\n") "Session\n" words TURN_END)

#define TURN_SESSIONS \
	TURN_SESSION("i", "Type IP\nTTL 20\n") \
	TURN_SESSION("b", "Type BASIC\nTTL 20\n") \
	TURN_SESSION("u", "Type URL\nID \"k\"\nTTL 20\n") \
	TURN_SESSION("p", "Type PARM\nTTL 20\n") \
	TURN_SESSION("c", "Type COOKIE\nID \"k[a-z]*\"\nTTL 20\n") \
	TURN_SESSION("h", "Type HEADER\nID \"X-K\"\nTTL 20\n") \
	TURN_SESSION("n", "Type COOKIE\nID \"k\"\nTTL -1\n") \
	TURN_SESSION("e", "Type COOKIE\nID \"(k+)+[xy]\"\nTTL 20\n")

#define TURN_REWRITES \
	TURN_SERVICE("q", \
	    "HeadRequire \"^X-Q: .*1\"\nHeadDeny \"^X-N:\"\n" TURN_REDIRECT) \
	TURN_SERVICE("v", "Redirect 301 \"https://v.test/%41?a=b\"\n") \
	TURN_SERVICE("w", TURN_BACKEND("7001", "KeepConnections 0\n")) \
	TURN_SERVICE("l", \
	    "BackEnd\nAddress \"/tmp/l\"\nTimeOut 15\nConnTO 5\nEnd\n") \
	TURN_SERVICE("", "StrictTransportSecurity 9\n" TURN_BACKEND("7001", ""))

#define TURN_CONF \
	TURN_LISTEN \
	"80\nClient 10\nxHTTP 2\n" TURN_SERVICES TURN_END TURN_LISTEN \
	"81\nClient 10\nxHTTP 4\nStrict 0\nMaxRequest 9\n" \
	"MinRate 1\nLogLevel 6\nMaxURI 256\nMaxHead 1024\nMaxFields 8\n" \
	"HeadRemove \"^X-\"\nAddHeader \"A: b\"\nCheckURL \"^/\"\n" TURN_SERVICES \
	    TURN_END TURN_LISTEN \
	"82\nClient 10\nLogLevel 2\n" TURN_SESSIONS TURN_END TURN_LISTEN \
	"83\nClient 10\nxHTTP 3\nLogLevel 4\n" \
	"RewriteLocation 1\nRewriteDestination 1\n" \
	"HeadRemove \"^X-R\"\nAddHeader \"Host: a.test\"\n" \
	"AddHeader \"X-A: b\"\n" TURN_REWRITES TURN_END

#endif
