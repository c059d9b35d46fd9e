// Package contract names what the supervisor and a service agree on: the
// variables of the environment, the inherited descriptors and the metrics.
// It holds names only, so that both sides can import it and neither imports
// the other. docs/service-contract.md explains each of them.
package contract

// The environment of a supervised service.
const (
	// ListenFDs, ListenPID and ListenFDNames pass the listeners as
	// sd_listen_fds(3) specifies: descriptors from ListenFDsStart on.
	ListenFDs     = "LISTEN_FDS"
	ListenPID     = "LISTEN_PID"
	ListenFDNames = "LISTEN_FDNAMES"

	// NotifySocket is where the service says READY=1, STATUS=…, STOPPING=1,
	// as sd_notify(3) specifies.
	NotifySocket = "NOTIFY_SOCKET"

	// Control is the path of the unix socket on which the service serves
	// GET /metrics and GET /healthz. The service creates it.
	Control = "AMMAR_CONTROL"

	// Metrics is a host:port on which the service answers GET /metrics and
	// GET /healthz too, for engines that ask over the network.
	Metrics = "AMMAR_METRICS"

	// Listen is the host:port to listen on when no listener is passed.
	Listen = "AMMAR_LISTEN"

	// Service is the name of the service, Instance that of its supervisor.
	Service  = "AMMAR_SERVICE"
	Instance = "AMMAR_INSTANCE"

	// StopTimeout is how long the service has to finish after the stop signal, as
	// time.ParseDuration reads it. Then the supervisor kills it.
	StopTimeout = "AMMAR_STOP_TIMEOUT"

	// Launch counts the processes of the service.
	Launch = "AMMAR_LAUNCH"

	// Reason is why the service failed, for the command of on_failure.
	Reason = "AMMAR_REASON"

	// FilesUsers holds the users of a files service, one a line, since flags
	// are seen by every user of the machine.
	FilesUsers = "AMMAR_FILES_USERS"

	// Supervisor is the path of the supervisor's control socket.
	Supervisor = "AMMAR_SUPERVISOR"
)

// TokenSuffix follows the name of a status service in the name of the file with its
// token, in the folder of the supervisor's control socket.
const TokenSuffix = ".token"

// ListenFDsStart is the first inherited descriptor (SD_LISTEN_FDS_START).
const ListenFDsStart = 3

// The metrics of a service, in Prometheus' text format.
const (
	MetricRequests           = "ammar_http_requests_total" // counter, label code
	MetricRequestSeconds     = "ammar_http_request_seconds"
	MetricConnections        = "ammar_http_connections"
	MetricStreams            = "ammar_http_streams"
	MetricPoolWorkers        = "ammar_pool_workers"
	MetricPoolBusy           = "ammar_pool_busy"
	MetricPoolQueued         = "ammar_pool_queued"
	MetricPoolRejected       = "ammar_pool_rejected_total"
	MetricPoolQueueLimit     = "ammar_pool_queue_limit"
	MetricPoolQueueSeconds   = "ammar_pool_queue_seconds" // histogram
	MetricConnectionsRefused = "ammar_http_connections_refused_total"
	MetricStreamsRefused     = "ammar_http_streams_refused_total"
	MetricStalled            = "ammar_http_stalled_total" // cut since the client took nothing
	MetricBytesSent          = "ammar_bytes_sent_total"
	MetricLogDropped         = "ammar_log_dropped_total"
	MetricCameraFrames       = "ammar_camera_frames_total"
	MetricCameraFPS          = "ammar_camera_fps"
	MetricCameraClients      = "ammar_camera_clients"
	MetricCameraFrameAge     = "ammar_camera_frame_age_seconds"
	MetricCameraCapturing    = "ammar_camera_capturing" // 1 while the source is open
)
