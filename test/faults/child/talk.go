//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// talk writes on standard output.
func talk(name, value string) error {
	switch name {
	case "print": // without a newline
		_, err := fmt.Print(value)
		return err
	case "line": // one line of so many bytes
		n, err := strconv.Atoi(value)
		if err != nil {
			return err
		}
		out := bufio.NewWriterSize(os.Stdout, 256<<10)
		chunk := bytes.Repeat([]byte("0123456789abcdef"), 4<<10)
		for ; n > 0; n -= len(chunk) {
			if _, err := out.Write(chunk[:min(n, len(chunk))]); err != nil {
				return err
			}
		}
		fmt.Fprintln(out)
		return out.Flush()
	case "flood": // numbered lines as fast as it goes, for so long
		d, err := time.ParseDuration(value)
		out := bufio.NewWriterSize(os.Stdout, 64<<10)
		line := []byte(floodLine)
		until := time.Now().Add(d)
		for n := 0; n%1000 != 0 || time.Now().Before(until); n++ {
			_, _ = out.Write(strconv.AppendInt(line, int64(n), 10))
			_ = out.WriteByte('\n')
		}
		_ = out.Flush()
		return err
	case "lines": // the same, this many of them
		count, err := strconv.Atoi(value)
		out := bufio.NewWriterSize(os.Stdout, 64<<10)
		for n := range count {
			_, _ = out.Write(strconv.AppendInt([]byte(floodLine), int64(n), 10))
			_ = out.WriteByte('\n')
		}
		_ = out.Flush()
		return err
	case "count": // so many numbered lines, each with a write of its own
		n, err := strconv.Atoi(value)
		for i := range n {
			fmt.Printf("count %d\n", i)
		}
		return err
	case "tick": // a numbered line again and again
		d, err := time.ParseDuration(value)
		for n := 0; err == nil; n++ {
			fmt.Printf("tick %d\n", n)
			time.Sleep(d)
		}
		return err
	case "tick-until": // a line again and again until this file exists
		for _, err := os.Stat(value); err != nil; _, err = os.Stat(value) {
			fmt.Println("tick")
			time.Sleep(20 * time.Millisecond)
		}
	case "junk":
		_, err := os.Stdout.WriteString("before\x00nul \xff\xfe\xc3( \x1b]0;title \x1b[2J progress 1%\rprogress " +
			"2%\r\n\x1b]8;;unterminated\nafter junk\n")
		return err
	case "close-log":
		for _, fd := range []int{1, 2} {
			if err := syscall.Close(fd); err != nil {
				return err
			}
		}
	}
	return nil
}

const floodLine = "flood 0123456789 and what a line usually has to say, a hundred bytes in all, more or less, of it "
