package ops

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
)

// words are the page's, in its two languages.
var words = map[string]map[string]string{
	"en": {
		"title": "The process now", "up": "up", "cores": "cores", "requests": "Requests a second", "p99": "Slowest 1 in 100, ms", "goroutines": "Goroutines",
		"heap": "Live heap, MiB", "memory": "Memory held, MiB", "files": "Open files", "scheduler": "Wait for a core (p99), ms", "pause": "Collector's pause (p99), ms",
		"figures": "Queues and followers", "owners": "Who started the goroutines", "slow": "Requests beyond their objective", "none": "None since the start.",
		"minutes": "The last ten minutes; the page renews itself every five seconds.", "when": "When", "route": "Route", "took": "Took", "objective": "Objective", "trace": "Trace", "dump": "Written down in",
	},
	"zh-CN": {
		"title": "进程现状", "up": "已运行", "cores": "核", "requests": "每秒请求数", "p99": "最慢的百分之一（毫秒）", "goroutines": "协程数",
		"heap": "存活堆内存（MiB）", "memory": "占用内存（MiB）", "files": "打开的文件", "scheduler": "等待处理器 p99（毫秒）", "pause": "垃圾回收停顿 p99（毫秒）",
		"figures": "队列与跟随者", "owners": "协程由谁启动", "slow": "超出目标的请求", "none": "启动以来没有。",
		"minutes": "最近十分钟；页面每五秒自动刷新。", "when": "时间", "route": "地址", "took": "用时", "objective": "目标", "trace": "链路号", "dump": "记录于",
	},
}

const style = `:root{color-scheme:light dark;--bg:#f6f6f3;--card:#fff;--line:#e6e4de;--ink:#1f2328;--soft:#666a71;--accent:#3452c2}
@media(prefers-color-scheme:dark){:root{--bg:#131518;--card:#1b1e22;--line:#2b3036;--ink:#e8eaed;--soft:#9aa2ac;--accent:#93a7f6}}
body{margin:0;padding:24px;background:var(--bg);color:var(--ink);font:14px/1.6 -apple-system,"Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:20px;margin:0}h2{font-size:14px;margin:24px 0 8px}p{margin:4px 0 16px;color:var(--soft)}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:16px}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 16px}
.card span{color:var(--soft);font-size:12px}.card b{display:block;font-size:20px;font-weight:600}
svg{display:block;width:100%;height:48px}polyline{fill:none;stroke:var(--accent);stroke-width:1.5;vector-effect:non-scaling-stroke}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line);border-radius:8px}
td,th{text-align:left;padding:6px 12px;border-top:1px solid var(--line);vertical-align:top}th{color:var(--soft);font-weight:400;font-size:12px;border:0}
td.n{text-align:right;width:1%;white-space:nowrap}code{font-family:ui-monospace,Consolas,monospace;font-size:12px;overflow-wrap:anywhere}`

var styleHash = func() string {
	h := sha256.Sum256([]byte(style))
	return base64.StdEncoding.EncodeToString(h[:])
}()

var layout = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">
<title>{{.W.title}} · casebook</title><style>{{.Style}}</style></head><body><main>
<h1>{{.W.title}}</h1><p>{{.W.up}} {{.Up}} · {{.R.Cores}} {{.W.cores}} · {{.R.Go}} · {{.R.Version}}. {{.W.minutes}}</p>
<div class="grid">{{range .Charts}}<section class="card"><span>{{.Name}}</span><b>{{.Last}}</b>
<svg viewBox="0 0 600 48" preserveAspectRatio="none" role="img" aria-label="{{.Name}}: {{.Last}}"><polyline points="{{.Points}}"/></svg></section>{{end}}</div>
<h2>{{.W.figures}}</h2><table><tbody>{{range .R.Figures}}<tr><td class="n">{{.Value}}</td><td><code>{{.Name}}</code><br>{{.Help}}</td></tr>{{else}}<tr><td>{{$.W.none}}</td></tr>{{end}}</tbody></table>
<h2>{{.W.slow}}</h2>{{if .R.Slow}}<table><thead><tr><th>{{.W.when}}</th><th>{{.W.route}}</th><th>{{.W.took}}</th><th>{{.W.objective}}</th><th>{{.W.trace}}</th><th>{{.W.dump}}</th></tr></thead>
<tbody>{{range .R.Slow}}<tr><td>{{.At.Format "15:04:05"}}</td><td>{{.Route}} {{.Status}}</td><td class="n">{{printf "%.3f s" .Took}}</td><td class="n">{{.Objective}} s</td><td><code>{{.Trace}}</code></td><td><code>{{.Dump}}</code></td></tr>{{end}}</tbody></table>{{else}}<p>{{.W.none}}</p>{{end}}
<h2>{{.W.owners}}</h2><table><tbody>{{range .R.Goroutines}}<tr><td class="n">{{.Count}}</td><td><code>{{.Name}}</code></td></tr>{{end}}</tbody></table>
</main></body></html>`))

// chart is one line over the last ten minutes.
type chart struct {
	Name, Last, Points string
}

// page draws the report. It has no script: the browser asks again every five seconds.
func (p *Ops) page(w http.ResponseWriter, r *http.Request) {
	lang := "en"
	if strings.HasPrefix(r.Header.Get("Accept-Language"), "zh") || r.URL.Query().Get("lang") == "zh-CN" {
		lang = "zh-CN"
	}
	report := p.Report()
	p.mu.Lock()
	samples := append([]Sample(nil), p.past.samples...)
	p.mu.Unlock()
	says := words[lang]
	data := map[string]any{"Lang": lang, "W": says, "R": report, "Style": template.CSS(style), "Charts": charts(says, samples),
		"Up": (time.Duration(report.Up) * time.Second).String()}
	var b bytes.Buffer
	if err := layout.Execute(&b, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // who has gone does not miss it
}

func charts(says map[string]string, samples []Sample) (all []chart) {
	for _, c := range []struct {
		name, format string
		of           func(Sample) float64
	}{
		{"requests", "%.0f", func(s Sample) float64 { return s.Requests }},
		{"p99", "%.1f", func(s Sample) float64 { return s.P99 * 1e3 }},
		{"goroutines", "%.0f", func(s Sample) float64 { return s.Goroutines }},
		{"heap", "%.1f", func(s Sample) float64 { return s.Heap / (1 << 20) }},
		{"memory", "%.1f", func(s Sample) float64 { return s.Memory / (1 << 20) }},
		{"files", "%.0f", func(s Sample) float64 { return s.Files }},
		{"scheduler", "%.3f", func(s Sample) float64 { return s.Scheduler * 1e3 }},
		{"pause", "%.3f", func(s Sample) float64 { return s.Pause * 1e3 }},
	} {
		values := make([]float64, len(samples))
		for i, s := range samples {
			values[i] = c.of(s)
		}
		last := 0.0
		if len(values) > 0 {
			last = values[len(values)-1]
		}
		all = append(all, chart{says[c.name], fmt.Sprintf(c.format, last), points(values)})
	}
	return all
}

// points lays values out in a box of 600 by 48, from nought at its bottom, the newest at its right edge.
func points(values []float64) string {
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	if top == 0 {
		top = 1
	}
	var b strings.Builder
	for i, v := range values {
		fmt.Fprintf(&b, "%d,%.1f ", keptSamples-len(values)+i, 46-44*v/top)
	}
	return strings.TrimSpace(b.String())
}
