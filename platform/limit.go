package platform

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/settings"
	"casebook/web"

	"golang.org/x/time/rate"
)

// limits are the token buckets of this process: one for each client, and one for each study, so that neither one client
// nor one study's clients together take the server from the others; and two for each person, for what they read and what they write.
type limits struct {
	mu      sync.RWMutex
	clients map[casebook.UserID]*bucket
	studies map[casebook.StudyID]*bucket
	people  map[doing]*bucket
}

// doing is a person who reads, or writes: by which setting it is counted.
type doing struct {
	who casebook.UserID
	by  *settings.Key
}

type bucket struct {
	*rate.Limiter
	scope  *settings.Scope
	follow atomic.Int64           // the requests a second that it was tuned to
	policy atomic.Pointer[policy] // of a client's bucket: what it last told
}

// policy is the header RateLimit-Policy as long as neither rate changes.
type policy struct {
	client, study int
	header        []string // shared by all answers: nobody appends to it
}

// mostBuckets bounds what is remembered: beyond it all are forgotten, which gives everybody a full bucket once.
const mostBuckets = 1 << 14

// Admit counts a client's request and refuses one too many. Its answers carry RateLimit and RateLimit-Policy as the IETF's
// draft "RateLimit header fields for HTTP" writes them. People and devices are not counted here.
func (s *Service) Admit(w http.ResponseWriter, p *auth.Principal) error {
	if p.Kind != auth.Client {
		return nil
	}
	own, all := s.limits.of(s.o.Settings, p)
	now := s.db.World().Now()
	perClient := int(s.o.Settings.Get(own.scope, clientRate).Int())
	perStudy := int(s.o.Settings.Get(all.scope, studyRate).Int())
	own.tune(now, perClient)
	all.tune(now, perStudy)
	ok := own.AllowN(now, 1) && all.AllowN(now, 1)
	h := w.Header()
	h["Ratelimit-Policy"] = own.policyOf(perClient, perStudy)
	left := append(make([]byte, 0, 64), `"client";r=`...)
	left = strconv.AppendInt(left, int64(max(0, own.TokensAt(now))), 10)
	left = append(left, `;t=1, "study";r=`...)
	left = strconv.AppendInt(left, int64(max(0, all.TokensAt(now))), 10)
	h["Ratelimit"] = []string{string(append(left, ";t=1"...))}
	if ok {
		return nil
	}
	return web.After(casebook.Fail(casebook.TooMany, "platform.rate", perClient), time.Second)
}

// AdmitPerson counts a person's request, by what may change something and what only reads, and refuses one that comes faster than anybody
// works or looks.
func (s *Service) AdmitPerson(q *http.Request, p *auth.Principal) error {
	by := writeRate
	if q.Method == http.MethodGet || q.Method == http.MethodHead {
		by = readRate
	}
	own := s.limits.ofPerson(s.o.Settings, doing{p.User, by})
	now, most := s.db.World().Now(), int(s.o.Settings.Get(own.scope, by).Int())
	own.tune(now, most)
	if own.AllowN(now, 1) {
		return nil
	}
	return web.After(casebook.Fail(casebook.TooMany, "platform.rate", most), time.Second)
}

// policyOf is the header RateLimit-Policy of a client and its study.
func (b *bucket) policyOf(client, study int) []string {
	p := b.policy.Load()
	if p == nil || p.client != client || p.study != study {
		p = &policy{client, study, []string{`"client";q=` + strconv.Itoa(client) + `;w=1, "study";q=` + strconv.Itoa(study) + `;w=1`}}
		b.policy.Store(p)
	}
	return p.header
}

// tune follows the settings.
func (b *bucket) tune(now time.Time, perSecond int) {
	if b.follow.Load() != int64(perSecond) && b.follow.Swap(int64(perSecond)) != int64(perSecond) {
		b.SetLimitAt(now, rate.Limit(perSecond))
		b.SetBurstAt(now, 2*perSecond)
	}
}

func (l *limits) ofPerson(s *settings.Settings, d doing) *bucket {
	l.mu.RLock()
	own := l.people[d]
	l.mu.RUnlock()
	if own != nil {
		return own
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.people == nil || len(l.people) >= mostBuckets {
		l.people = map[doing]*bucket{}
	}
	if l.people[d] == nil {
		l.people[d] = full(s, s.At(settings.Place{}), d.by)
	}
	return l.people[d]
}

// full is a bucket that nobody has taken from.
func full(s *settings.Settings, scope *settings.Scope, k *settings.Key) *bucket {
	n := int(s.Get(scope, k).Int())
	b := &bucket{Limiter: rate.NewLimiter(rate.Limit(n), 2*n), scope: scope}
	b.follow.Store(int64(n))
	return b
}

func (l *limits) of(s *settings.Settings, p *auth.Principal) (own, all *bucket) {
	l.mu.RLock()
	own, all = l.clients[p.User], l.studies[p.Study]
	l.mu.RUnlock()
	if own != nil && all != nil {
		return own, all
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.clients == nil || len(l.clients) >= mostBuckets {
		l.clients, l.studies = map[casebook.UserID]*bucket{}, map[casebook.StudyID]*bucket{}
	}
	scope := s.At(settingsPlace(p.Study))
	if l.clients[p.User] == nil {
		l.clients[p.User] = full(s, scope, clientRate)
	}
	if l.studies[p.Study] == nil {
		l.studies[p.Study] = full(s, scope, studyRate)
	}
	return l.clients[p.User], l.studies[p.Study]
}
