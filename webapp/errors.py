"""The exception tree, and the one shape in which an error leaves the server.

AppError
├── BadFrame, FrameTooLarge, TooFast           a visitor's frame
├── BadSettings                                a visitor's choice
├── NotAnImage, ImageTooLarge, PhotoTooLarge   a visitor's picture
├── NotAVideo, VideoTooLarge, VideoTooLong     a visitor's clip
├── ContentTooLarge, InvalidRequest            a visitor's request
├── UnknownHost, ForeignOrigin                 a request that another site has sent
├── Unauthorized, TooManyRequests              a visitor without a token, or with too many requests
├── NoFace, NotExplainable                     a visitor's question about a face
├── ServerBusy, NotReady                       try again later
├── ClientLeft                                 the client closed the connection
├── NotThere, NotEditable, Full, ReadOnly       a visitor's change to the music's catalogue
├── NoMusic, NotUnderstood, FileGone           music that cannot be played
├── MusicUnavailable                           the music's database, for now
├── BackupError                                the operator's, on the command line
└── ModelError, DetectorError, SettingsError   the operator's; they stop the start
"""

from __future__ import annotations

from typing import Any


class AppError(Exception):
    """Something outside the code is wrong; the message says what was received, expected, and what to do.

    Attributes:
        code: Stable name that clients may rely on.
        http_status: The HTTP answer's status.
        retry_after_ms: Milliseconds after which trying again makes sense; `None` if it does not.
    """

    code = "error"
    http_status = 500

    def __init__(self, message: str, *, retry_after_ms: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_ms = retry_after_ms

    def as_dict(self) -> dict[str, Any]:
        """Returns `{code, message, retry_after_ms?}`: the same in acknowledgements and HTTP answers."""
        reply: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.retry_after_ms is not None:
            reply["retry_after_ms"] = self.retry_after_ms
        return reply


class BadFrame(AppError):
    """A frame event whose arguments are not `(meta, jpeg)` as documented."""

    code = "bad_frame"
    http_status = 400


class FrameTooLarge(AppError):
    """More bytes than a frame may have."""

    code = "frame_too_large"
    http_status = 413


class TooFast(AppError):
    """A frame that came before the last one was acknowledged."""

    code = "too_fast"
    http_status = 429


class BadSettings(AppError):
    """A visitor's choice that is not as documented, or that the model does not offer."""

    code = "bad_settings"
    http_status = 400


class NotAnImage(AppError):
    """Bytes that are no complete picture in a known format."""

    code = "not_an_image"
    http_status = 415


class ImageTooLarge(AppError):
    """A picture with more pixels than allowed, however few its bytes."""

    code = "image_too_large"
    http_status = 413


class PhotoTooLarge(AppError):
    """More bytes than a photo may have."""

    code = "photo_too_large"
    http_status = 413


class NotAVideo(AppError):
    """Bytes that are no clip that can be decoded."""

    code = "not_a_video"
    http_status = 415


class VideoTooLarge(AppError):
    """More bytes than a clip may have."""

    code = "video_too_large"
    http_status = 413


class VideoTooLong(AppError):
    """More seconds than a clip may have, or more pictures than may be looked at."""

    code = "video_too_long"
    http_status = 413


class ContentTooLarge(AppError):
    """More bytes than a request may have."""

    code = "content_too_large"
    http_status = 413


class InvalidRequest(AppError):
    """A request that is not as the API describes it."""

    code = "invalid_request"
    http_status = 422


class UnknownHost(AppError):
    """A request to a name that is not the server's: another site may have made it lead here (DNS rebinding)."""

    code = "unknown_host"
    http_status = 421


class ForeignOrigin(AppError):
    """A change, or a socket, that a page of another site asks for."""

    code = "foreign_origin"
    http_status = 403


class Unauthorized(AppError):
    """A request without the token that the server asks for."""

    code = "unauthorized"
    http_status = 401


class TooManyRequests(AppError):
    """More requests, or wrong tokens, from one address than are answered."""

    code = "too_many_requests"
    http_status = 429


class NoFace(AppError):
    """A picture without the face that was asked about."""

    code = "no_face"
    http_status = 422


class NotExplainable(AppError):
    """The model cannot say why it gave a label."""

    code = "not_explainable"
    http_status = 501


class NotRelative(AppError):
    """The model cannot be read against a resting face: its card says nothing of it."""

    code = "not_relative"
    http_status = 422


class ServerBusy(AppError):
    """Too much waits already."""

    code = "server_busy"
    http_status = 503


class NotReady(AppError):
    """A server that runs but does not read frames."""

    code = "not_ready"
    http_status = 503


class ModelError(AppError):
    """The artifact is missing, changed or not the one its card describes."""

    code = "model_error"


class DetectorError(AppError):
    """The face detector's files are missing or damaged."""

    code = "detector_error"


class SettingsError(AppError):
    """A setting has a value that it cannot have."""

    code = "settings_error"


class ClientLeft(AppError):
    """Work that was given up because its client closed the connection; the answer is hardly ever read."""

    code = "client_left"
    http_status = 400


class NotThere(AppError):
    """An id that nothing has, or no longer."""

    code = "not_found"
    http_status = 404


class NotEditable(AppError):
    """A change to something that is not the visitor's to change."""

    code = "not_editable"
    http_status = 409


class Full(AppError):
    """One more of what there are as many as there may be."""

    code = "full"
    http_status = 409


class NoMusic(AppError):
    """Nothing can be played."""

    code = "no_music"
    http_status = 404


class NotUnderstood(AppError):
    """Something pasted or imported that is not music as far as the server can tell."""

    code = "not_understood"
    http_status = 422


class FileGone(AppError):
    """A file that was there when the folder was read."""

    code = "file_gone"
    http_status = 404


class ReadOnly(AppError):
    """A change on a server whose operator allows none."""

    code = "read_only"
    http_status = 403


class CannotWrite(AppError):
    """A file that cannot be written where it was asked for."""

    code = "cannot_write"
    http_status = 409


class BackupError(AppError):
    """A backup that cannot be made or restored; nothing has changed then."""

    code = "backup_error"


class MusicUnavailable(AppError):
    """The music's database cannot be used now; everything else works."""

    code = "music_unavailable"
    http_status = 503
