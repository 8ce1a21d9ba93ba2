// SPDX-License-Identifier: Apache-2.0

// lean ADDRESS CERT KEY DEVICE…: the least that a webhook in Go can do by the standard library: the
// review into a typed struct, each deviceName looked up among the permitted DEVICEs, the answer.
package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

type device struct {
	DeviceName string `json:"deviceName"`
}

type virtualMachine struct {
	Spec struct {
		Template struct {
			Spec struct {
				Domain struct {
					Devices struct {
						HostDevices []device `json:"hostDevices"`
						GPUs        []device `json:"gpus"`
					} `json:"devices"`
				} `json:"domain"`
			} `json:"spec"`
		} `json:"template"`
	} `json:"spec"`
}

type status struct {
	Code    int    `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

type response struct {
	UID     string  `json:"uid"`
	Allowed bool    `json:"allowed"`
	Status  *status `json:"status,omitempty"`
}

type review struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Request    *struct {
		UID    string         `json:"uid"`
		Object virtualMachine `json:"object"`
	} `json:"request,omitempty"`
	Response *response `json:"response,omitempty"`
}

var permitted = map[string]bool{}

func faults(list string, devices []device) string {
	text := ""
	for i, device := range devices {
		if !permitted[device.DeviceName] {
			text += fmt.Sprintf("spec.template.spec.domain.devices.%s[%d].deviceName: Unsupported value: %q: "+
				"this device is not permitted on the cluster", list, i, device.DeviceName)
		}
	}
	return text
}

func validate(w http.ResponseWriter, r *http.Request) {
	var asked review
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 7<<20))
	if err == nil {
		err = json.Unmarshal(body, &asked)
	}
	if err != nil || asked.Request == nil {
		http.Error(w, "the body is no AdmissionReview", http.StatusBadRequest)
		return
	}
	devices := asked.Request.Object.Spec.Template.Spec.Domain.Devices
	answer := response{UID: asked.Request.UID, Allowed: true}
	if text := faults("hostDevices", devices.HostDevices) + faults("gpus", devices.GPUs); text != "" {
		answer.Allowed = false
		answer.Status = &status{http.StatusForbidden, "Forbidden", text}
	}
	out, err := json.Marshal(review{APIVersion: asked.APIVersion, Kind: asked.Kind, Response: &answer})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(out)
}

func main() {
	for _, name := range os.Args[4:] {
		permitted[name] = true
	}
	http.HandleFunc("/validate", validate)
	server := &http.Server{Addr: os.Args[1], TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	log.Fatal(server.ListenAndServeTLS(os.Args[2], os.Args[3]))
}
