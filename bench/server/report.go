//go:build linux

package main

import (
	"fmt"
	"strings"

	"github.com/ammarctl/ammarctl/bench/report"
)

// result is a whole run with access logs on, or with them off.
type result struct {
	Log      bool                           `json:"access_log"`
	Figures  map[string]map[string]*figures `json:"figures"`          // by case and server
	Memory   map[string]int                 `json:"pss_kib"`          // by server, after the load
	After    map[string]int                 `json:"pss_kib_fresh"`    // by server, after this many requests to a fresh one
	Requests int                            `json:"requests"`         // how many
	Idle     map[string]float64             `json:"idle_kib_each"`    // by server and lane
	Failed   map[string]string              `json:"failed"`           // by "case, server"
	Count    int                            `json:"idle_connections"` // how many were opened
}

func (r *result) markdown(ks []kase) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### Access logs %s\n\n", onOff(r.Log))
	b.WriteString("| | ours: CPU per request | ÷ nginx | ÷ lighttpd | ours: requests/s | ÷ nginx | ÷ lighttpd | " +
		"ours: p99 | ÷ nginx | ÷ lighttpd |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, k := range ks {
		f := r.Figures[k.name]
		if f == nil {
			continue
		}
		o, n, l := f["ammarctl"], f["nginx"], f["lighttpd"]
		fmt.Fprintf(&b, "| %s | %.1f µs | %s | %s | %.0f | %s | %s | %.2f ms | %s | %s |\n", k.name,
			o.CPU.Median(), o.CPU.Ratios(n.CPU).Spread(), o.CPU.Ratios(l.CPU).Spread(),
			o.Rate.Median(), o.Rate.Ratios(n.Rate).Spread(), o.Rate.Ratios(l.Rate).Spread(),
			o.P99.Median(), o.P99.Ratios(n.P99).Spread(), o.P99.Ratios(l.P99).Spread())
	}
	b.WriteString("\nMemory after the load (PSS):")
	for _, name := range serverNames() {
		fmt.Fprintf(&b, " %s %.1f MiB;", name, float64(r.Memory[name])/1024)
	}
	fmt.Fprintf(&b, "\n\nMemory of a fresh server after %d requests of 1 KiB (PSS):", r.Requests)
	for _, name := range serverNames() {
		fmt.Fprintf(&b, " %s %.1f MiB;", name, float64(r.After[name])/1024)
	}
	if r.Idle != nil {
		fmt.Fprintf(&b, "\n\n%d idle keep-alive connections, memory each:", r.Count)
		for _, name := range []string{"ammarctl, fast lane", "ammarctl, net/http", "nginx"} {
			if kib, ok := r.Idle[name]; ok {
				fmt.Fprintf(&b, " %s %.1f KiB;", name, kib)
			}
		}
	}
	b.WriteString("\n")
	for _, k := range ks {
		for _, name := range serverNames() {
			if why, ok := r.Failed[k.name+", "+name]; ok {
				fmt.Fprintf(&b, "\nNot measured: %s, %s: %s\n", k.name, name, strings.Join(strings.Fields(why), " "))
			}
		}
	}
	return b.String()
}

// charts are the ratios to each peer; left of 1 ours costs less.
func (r *result) charts(ks []kase) map[string]report.Chart {
	charts := map[string]report.Chart{}
	for _, base := range []string{"nginx", "lighttpd"} {
		c := report.Chart{Title: "CPU per request, ammarctl ÷ " + base + ", access logs " + onOff(r.Log), Mark: 1}
		for _, k := range ks {
			if f := r.Figures[k.name]; f != nil {
				c.Bars = append(c.Bars, report.Bar{Label: k.name, Value: f["ammarctl"].CPU.Ratios(f[base].CPU).Median()})
			}
		}
		charts["bench-server-"+base+"-log-"+onOff(r.Log)+".svg"] = c
	}
	return charts
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
