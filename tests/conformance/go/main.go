// SPDX-License-Identifier: Apache-2.0

// A client as kube-apiserver is one: Go's net/http, HTTP/2 offered, connections kept. It posts
// bodies that are too large and must read a 413 each time, never a reset, and reviews that must all
// be answered on one connection. Arguments: the server's https://host:port, its CA's PEM file, a
// file with a review, and how often each body is posted.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"strconv"
	"strings"
	"time"
)

const bodyMax = 7340032 // the largest body that is read as one

func newClient(caFile string) (*http.Client, error) {
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New(caFile + ": no certificate")
	}
	return &http.Client{
		Timeout: 60 * time.Second,
		Transport: &http.Transport{
			TLSClientConfig:     &tls.Config{RootCAs: roots, ServerName: "localhost"},
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: 25,
		},
	}, nil
}

type poster struct {
	http   *http.Client
	server string
	reused int // requests sent on a connection that was there already
}

// unsized hides how long a body is: it is sent in chunks.
type unsized struct{ io.Reader }

func (client *poster) post(url string, body io.Reader) (*http.Response, string, error) {
	request, err := http.NewRequest(http.MethodPost, client.server+url, body)
	if err != nil {
		return nil, "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.GetBody = nil // kube-apiserver does not repeat a POST, so this may not either
	request = request.WithContext(httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			if info.Reused {
				client.reused++
			}
		},
	}))
	response, err := client.http.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response, string(text), err
}

func (client *poster) postTooLarge(size int, chunked bool) error {
	var body io.Reader = bytes.NewReader(bytes.Repeat([]byte{' '}, size))
	if chunked {
		body = unsized{body}
	}
	response, text, err := client.post("/validate?timeout=10s", body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(text, "larger than") {
		return fmt.Errorf("answered %s: %s", response.Status, text)
	}
	return nil
}

// The number of bodies of this size that were not answered as they should be.
func (client *poster) checkTooLarge(size int, chunked bool, times int) int {
	failed := 0
	for i := 0; i < times; i++ {
		if err := client.postTooLarge(size, chunked); err != nil {
			fmt.Printf("  %d bytes, chunked %t, number %d: %v\n", size, chunked, i+1, err)
			failed++
		}
	}
	fmt.Printf("%d bytes, chunked %t: 413 for %d of %d\n", size, chunked, times-failed, times)
	return failed
}

func (client *poster) checkReviews(review []byte, times int) int {
	failed := 0
	client.http.CloseIdleConnections()
	client.reused = 0
	for i := 0; i < times; i++ {
		// A largest body now and then: its connection stays as well.
		body := review
		if i%10 == 9 {
			body = append(append([]byte{}, review...), bytes.Repeat([]byte{' '}, bodyMax-len(review))...)
		}
		response, text, err := client.post("/validate?timeout=10s", bytes.NewReader(body))
		if err == nil && (response.StatusCode != http.StatusOK || response.ProtoMajor != 1 ||
			!strings.Contains(text, `"allowed":true`)) {
			err = fmt.Errorf("answered %s %s: %s", response.Proto, response.Status, text)
		}
		if err != nil {
			fmt.Printf("  review number %d: %v\n", i+1, err)
			failed++
		}
	}
	if client.reused != times-1 {
		fmt.Printf("  %d of %d requests found the connection still open\n", client.reused, times-1)
		failed++
	}
	fmt.Printf("reviews over HTTP/1.1 on one connection: %d of %d\n", times-failed, times)
	return failed
}

func run(server, caFile, reviewFile, count string) (int, error) {
	times, err := strconv.Atoi(count)
	if err != nil {
		return 0, err
	}
	review, err := os.ReadFile(reviewFile)
	if err != nil {
		return 0, err
	}
	client, err := newClient(caFile)
	if err != nil {
		return 0, err
	}
	poster := &poster{http: client, server: server}
	failed := poster.checkReviews(review, times)
	for _, size := range []int{bodyMax + 1, 12 << 20, 16 << 20} {
		failed += poster.checkTooLarge(size, false, times)
		failed += poster.checkTooLarge(size, true, times)
	}
	return failed + poster.checkReviews(review, times), nil
}

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: main https://HOST:PORT CA-FILE REVIEW-FILE TIMES")
		os.Exit(2)
	}
	failed, err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if failed > 0 {
		fmt.Printf("%d failed\n", failed)
		os.Exit(1)
	}
}
