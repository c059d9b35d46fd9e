package files

import (
	"errors"
	"io/fs"
	"net/http"
	"syscall"

	"github.com/ammarctl/ammarctl/internal/safetext"
	"github.com/ammarctl/ammarctl/services/files/names"
	"github.com/ammarctl/ammarctl/services/files/semantics"
	"github.com/ammarctl/ammarctl/services/files/store"
)

// refusal turns any error of a request into its answer. It distinguishes a
// missing file from a missing share: a folder that was deleted, or whose disk
// was removed.
func (h *handler) refusal(requestPath string, err error) *semantics.Refusal {
	var refusal *semantics.Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, fs.ErrNotExist) && h.store.Present() != nil:
		return &semantics.Refusal{Status: http.StatusServiceUnavailable,
			Text: "The shared folder is gone: it was deleted, or its disk was removed. Its owner has to share it again."}
	case h.store.Escapes(err):
		return &semantics.Refusal{Status: http.StatusForbidden, Text: safetext.Replace(requestPath) +
			" is a link that leads out of this folder. Only links inside it, with relative targets, are followed."}
	}
	return refusalOf(requestPath, err)
}

// refusalOf turns an error of the store into an answer. The answer reveals
// nothing about the machine outside of the folder.
func refusalOf(requestPath string, err error) *semantics.Refusal {
	shown := safetext.Replace(requestPath)
	answer := func(status int, text string) *semantics.Refusal {
		return &semantics.Refusal{Status: status, Text: text}
	}
	var invalid *names.InvalidError
	var notPlain *store.NotPlainError
	var noRoom *store.NoRoomError
	switch {
	case errors.As(err, &invalid):
		return answer(http.StatusBadRequest, invalid.Error())
	case errors.As(err, &notPlain):
		return answer(http.StatusForbidden, notPlain.Error())
	case errors.As(err, &noRoom):
		return answer(http.StatusInsufficientStorage, noRoom.Error())
	case errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, syscall.EIO):
		return answer(http.StatusInternalServerError, shown+" cannot be read: its disk is broken or was removed.")
	case errors.Is(err, fs.ErrPermission):
		return answer(http.StatusForbidden, "The user who shares this folder has no permission for "+shown+".")
	case errors.Is(err, syscall.EROFS):
		return answer(http.StatusForbidden, "The disk of this folder is read-only.")
	case errors.Is(err, syscall.ENOSPC), store.IsOverQuota(err):
		return answer(http.StatusInsufficientStorage, "The disk is full.")
	case errors.Is(err, fs.ErrExist):
		return answer(http.StatusConflict, "That name is taken.")
	case errors.Is(err, syscall.ENAMETOOLONG):
		return answer(http.StatusBadRequest, "The name is too long for the disk.")
	}
	return answer(http.StatusNotFound, "There is no "+shown+" here.")
}
