// SPDX-License-Identifier: Apache-2.0

// controller-runtime PORT CERTIFICATES DEVICE…: a webhook as operators in Go have them: a Validator
// of controller-runtime for a typed VirtualMachine. CERTIFICATES is a folder with tls.crt and tls.key.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// Of KubeVirt's types only what leads to a deviceName, so this is less than real operators decode.
type Device struct {
	Name       string `json:"name"`
	DeviceName string `json:"deviceName"`
}

type Devices struct {
	HostDevices []Device `json:"hostDevices,omitempty"`
	GPUs        []Device `json:"gpus,omitempty"`
}

type DomainSpec struct {
	Devices Devices `json:"devices"`
}

type VirtualMachineInstanceSpec struct {
	Domain DomainSpec `json:"domain"`
}

type VirtualMachineInstanceTemplateSpec struct {
	Spec VirtualMachineInstanceSpec `json:"spec,omitempty"`
}

type VirtualMachineSpec struct {
	Template *VirtualMachineInstanceTemplateSpec `json:"template"`
}

type VirtualMachine struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              VirtualMachineSpec `json:"spec"`
}

// Nothing here copies one; the scheme asks for the method.
func (vm *VirtualMachine) DeepCopyObject() runtime.Object {
	copied := *vm
	vm.ObjectMeta.DeepCopyInto(&copied.ObjectMeta)
	return &copied
}

type validator struct {
	permitted map[string]bool
	names     []string
}

func (v *validator) faults(path *field.Path, devices []Device) field.ErrorList {
	var all field.ErrorList
	for i, device := range devices {
		if !v.permitted[device.DeviceName] {
			all = append(all, field.NotSupported(path.Index(i).Child("deviceName"), device.DeviceName, v.names))
		}
	}
	return all
}

func (v *validator) validate(vm *VirtualMachine) error {
	if vm.Spec.Template == nil {
		return nil
	}
	devices := vm.Spec.Template.Spec.Domain.Devices
	path := field.NewPath("spec", "template", "spec", "domain", "devices")
	all := append(v.faults(path.Child("hostDevices"), devices.HostDevices), v.faults(path.Child("gpus"), devices.GPUs)...)
	return all.ToAggregate()
}

func (v *validator) ValidateCreate(_ context.Context, vm *VirtualMachine) (admission.Warnings, error) {
	return nil, v.validate(vm)
}

func (v *validator) ValidateUpdate(_ context.Context, _, vm *VirtualMachine) (admission.Warnings, error) {
	return nil, v.validate(vm)
}

func (v *validator) ValidateDelete(context.Context, *VirtualMachine) (admission.Warnings, error) {
	return nil, nil
}

func main() {
	log.SetLogger(logr.Discard())
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	scheme := runtime.NewScheme()
	version := schema.GroupVersion{Group: "kubevirt.io", Version: "v1"}
	scheme.AddKnownTypes(version, &VirtualMachine{})
	metav1.AddToGroupVersion(scheme, version)

	check := &validator{permitted: map[string]bool{}, names: os.Args[3:]}
	for _, name := range check.names {
		check.permitted[name] = true
	}
	server := webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: port, CertDir: os.Args[2]})
	server.Register("/validate", admission.WithValidator[*VirtualMachine](scheme, check))
	if err := server.Start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
