package chaos

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// maxCareless bounds even this one's memory.
const maxCareless = 8 << 20

func (c *careless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	go func() { // whoever leaves early is waited for, for ever
		<-r.Context().Done()
		<-c.leaked
	}()
	if strings.Contains(r.URL.Path, "/forms/") {
		c.form(w, r)
		return
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxCareless)) // it does not look
	if unpacked, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
		body, _ = io.ReadAll(io.LimitReader(unpacked, maxCareless))
	}
	path, _ := url.PathUnescape(r.URL.RequestURI())
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprintf(w, "<p>%s %s</p>", path, body)
}

// form reads, thinks, and writes: in between another may have written.
func (c *careless) form(w http.ResponseWriter, r *http.Request) {
	now := <-c.value
	c.value <- now
	if r.Method == http.MethodPatch {
		var in struct {
			Items []struct {
				Value string `json:"value"`
			} `json:"items"`
		}
		if json.UnmarshalRead(r.Body, &in) != nil || len(in.Items) == 0 {
			return
		}
		time.Sleep(time.Millisecond)
		version, _ := strconv.Atoi(now[0]) // it wrote it itself
		now = [2]string{strconv.Itoa(version + 1), in.Items[0].Value}
		<-c.value
		c.value <- now
	}
	fmt.Fprintf(w, `{"version":%s,"items":[{"group":"IG.IE","repeat":"1","item":"IT.IENOTE","value":%q}]}`, now[0], now[1])
}

// figures are those of this process, in which the careless server lives.
func (c *careless) figures(context.Context) (map[string]float64, error) {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return map[string]float64{"goroutines": float64(runtime.NumGoroutine()), "open_fds": 0, "heap_bytes": float64(m.HeapInuse), "resident_bytes": float64(m.Sys)}, nil
}
