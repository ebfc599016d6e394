package main

import (
	"fmt"

	"github.com/golang/protobuf/proto"
)

// The messages of agent.proto that the peer needs, by their field numbers: written down here once more so that nothing is shared
// with what is tested. A oneof is an optional field on the wire.

type Empty struct{}

type GetInfoResponse struct {
	AgentVersion  string `protobuf:"bytes,1,opt,name=agent_version,proto3"`
	KernelRelease string `protobuf:"bytes,2,opt,name=kernel_release,proto3"`
	Machine       string `protobuf:"bytes,3,opt,name=machine,proto3"`
}

type ProcessSpec struct {
	ID        string   `protobuf:"bytes,1,opt,name=id,proto3"`
	Arguments []string `protobuf:"bytes,2,rep,name=arguments,proto3"`
}

type CreateProcessRequest struct {
	Process *ProcessSpec `protobuf:"bytes,1,opt,name=process,proto3"`
	Start   bool         `protobuf:"varint,2,opt,name=start,proto3"`
}

type CreateProcessResponse struct {
	Pid int32 `protobuf:"varint,1,opt,name=pid,proto3"`
}

type WaitProcessRequest struct {
	ID string `protobuf:"bytes,1,opt,name=id,proto3"`
}

type ProcessExit struct {
	ID       string `protobuf:"bytes,1,opt,name=id,proto3"`
	ExitCode int32  `protobuf:"varint,2,opt,name=exit_code,proto3"`
}

type WaitPortRequest struct {
	Port uint32 `protobuf:"varint,1,opt,name=port,proto3"`
}

type DialStream struct {
	Network int32  `protobuf:"varint,1,opt,name=network,proto3"`
	Address string `protobuf:"bytes,2,opt,name=address,proto3"`
	Port    uint32 `protobuf:"varint,3,opt,name=port,proto3"`
}

type StdioStream struct {
	ProcessID string `protobuf:"bytes,1,opt,name=process_id,proto3"`
	Channel   int32  `protobuf:"varint,2,opt,name=channel,proto3"`
}

type OpenStreamRequest struct {
	Dial  *DialStream  `protobuf:"bytes,1,opt,name=dial,proto3"`
	Stdio *StdioStream `protobuf:"bytes,2,opt,name=stdio,proto3"`
}

type StreamFrame struct {
	Open   *OpenStreamRequest `protobuf:"bytes,1,opt,name=open,proto3"`
	Data   []byte             `protobuf:"bytes,2,opt,name=data,proto3"`
	End    *Empty             `protobuf:"bytes,3,opt,name=end,proto3"`
	Opened *Empty             `protobuf:"bytes,4,opt,name=opened,proto3"`
}

func (m *Empty) Reset()                 { *m = Empty{} }
func (m *GetInfoResponse) Reset()       { *m = GetInfoResponse{} }
func (m *ProcessSpec) Reset()           { *m = ProcessSpec{} }
func (m *CreateProcessRequest) Reset()  { *m = CreateProcessRequest{} }
func (m *CreateProcessResponse) Reset() { *m = CreateProcessResponse{} }
func (m *WaitProcessRequest) Reset()    { *m = WaitProcessRequest{} }
func (m *ProcessExit) Reset()           { *m = ProcessExit{} }
func (m *WaitPortRequest) Reset()       { *m = WaitPortRequest{} }
func (m *DialStream) Reset()            { *m = DialStream{} }
func (m *StdioStream) Reset()           { *m = StdioStream{} }
func (m *OpenStreamRequest) Reset()     { *m = OpenStreamRequest{} }
func (m *StreamFrame) Reset()    { *m = StreamFrame{} }

func (m *Empty) String() string                 { return "{}" }
func (m *GetInfoResponse) String() string       { return fmt.Sprintf("%+v", *m) }
func (m *ProcessSpec) String() string           { return fmt.Sprintf("%+v", *m) }
func (m *CreateProcessRequest) String() string  { return fmt.Sprintf("%+v", *m) }
func (m *CreateProcessResponse) String() string { return fmt.Sprintf("%+v", *m) }
func (m *WaitProcessRequest) String() string    { return fmt.Sprintf("%+v", *m) }
func (m *ProcessExit) String() string           { return fmt.Sprintf("%+v", *m) }
func (m *WaitPortRequest) String() string       { return fmt.Sprintf("%+v", *m) }
func (m *DialStream) String() string            { return fmt.Sprintf("%+v", *m) }
func (m *StdioStream) String() string           { return fmt.Sprintf("%+v", *m) }
func (m *OpenStreamRequest) String() string     { return fmt.Sprintf("%+v", *m) }
func (m *StreamFrame) String() string    { return fmt.Sprintf("%+v", *m) }

func (*Empty) ProtoMessage()                 {}
func (*GetInfoResponse) ProtoMessage()       {}
func (*ProcessSpec) ProtoMessage()           {}
func (*CreateProcessRequest) ProtoMessage()  {}
func (*CreateProcessResponse) ProtoMessage() {}
func (*WaitProcessRequest) ProtoMessage()    {}
func (*ProcessExit) ProtoMessage()           {}
func (*WaitPortRequest) ProtoMessage()       {}
func (*DialStream) ProtoMessage()            {}
func (*StdioStream) ProtoMessage()           {}
func (*OpenStreamRequest) ProtoMessage()     {}
func (*StreamFrame) ProtoMessage()    {}

var _ proto.Message = (*Empty)(nil)
