//go:build linux

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// report prints medians, and the ratios to nginx round by round: a machine
// that was slower for a while was so for both.
func report(out io.Writer, p plan, servers []*server, figures [][]figure) error {
	var b strings.Builder
	log := "on"
	if !p.log {
		log = "off"
	}
	fmt.Fprintf(&b, "GET of a %d-byte file, %d keep-alive connections, access logs %s, %d rounds of %s, one core each for server and load; medians.\n\n",
		p.size, p.connections, log, p.rounds, p.seconds)
	b.WriteString("| server | CPU per request | ÷ nginx | requests/s | ÷ nginx | p99 |\n|---|---|---|---|---|---|\n")
	base := slices.IndexFunc(servers, func(s *server) bool { return s.name == "nginx" })
	for i, s := range servers {
		var cpu, rate, p99, cpuRatio, rateRatio []float64
		for r, f := range figures[i] {
			n := figures[base][r]
			cpu = append(cpu, float64(f.cpu.Nanoseconds())/1000)
			rate = append(rate, f.perSecond)
			p99 = append(p99, float64(f.p99.Microseconds())/1000)
			cpuRatio = append(cpuRatio, float64(f.cpu)/float64(n.cpu))
			rateRatio = append(rateRatio, f.perSecond/n.perSecond)
		}
		fmt.Fprintf(&b, "| %s | %.1f µs | %.2f | %.0f | %.2f | %.2f ms |\n", s.name,
			median(cpu), median(cpuRatio), median(rate), median(rateRatio), median(p99))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
