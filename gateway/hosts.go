package gateway

import (
	"net/http"
	"strings"

	"casebook/web"
)

// apart keeps the pages of patients and those of staff from one another: each has a host of its own, so that by the rule of the same
// origin (RFC 6454) neither reads what the other keeps in a browser, and no cookie of the one is sent to the other. host is the patients'; every
// other name is the staff's. What programs send, with a token and from no page, is taken at both.
func apart(host string, next http.Handler) http.Handler {
	patients := hostname(host)
	missing := web.Handler(web.Missing)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		theirs := hostname(r.Host) == patients
		switch path := r.URL.Path; {
		case ofBoth(path):
			next.ServeHTTP(w, r)
		case theirs && path == "/":
			http.Redirect(w, r, "/p/", http.StatusPermanentRedirect)
		case !theirs && path == "/p/":
			http.Redirect(w, r, "//"+host+"/p/", http.StatusPermanentRedirect) // an invitation's code stands behind #, which a browser carries along
		case ofPatients(path) != theirs:
			missing.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// ofPatients tells what patients' phones open from what staff do.
func ofPatients(path string) bool {
	return strings.HasPrefix(path, "/p/") || strings.HasPrefix(path, "/api/v1/epro/")
}

// ofBoth tells what belongs to no page: files of the program, and what whoever holds a device's token sends.
func ofBoth(path string) bool {
	return strings.HasPrefix(path, "/assets/") || path == "/report" || path == "/api/v1/reports" || path == "/api/v1/reports/batch"
}

// hostname is a host without its port, as browsers compare it for cookies.
func hostname(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}
