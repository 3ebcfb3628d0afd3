"""The SDK's switches. Two of them say whether and with which key to encrypt; the others have nothing to switch here."""

from __future__ import annotations

from pathlib import Path


class SysConfig:
    """Switches of the whole process, for the contexts that are made afterwards. Each brand has its own.

    ``set_all_thread_daemon``, ``enable_console_log``, ``set_client_info`` and ``set_proto_fmt`` are accepted and do nothing: no thread
    keeps a process alive, nothing is printed, the gateway is told that brokerport asks, and it is spoken to in protobuf.
    """

    _encrypts = False
    _rsa_file: Path | None = None

    @classmethod
    def enable_proto_encrypt(cls, is_encrypt: object) -> None:
        """Encrypt what is said to the gateway, unless a context is told otherwise."""
        cls._encrypts = bool(is_encrypt)

    @classmethod
    def is_proto_encrypt(cls) -> bool:
        """Whether that is so."""
        return cls._encrypts

    @classmethod
    def set_init_rsa_file(cls, file: object) -> None:
        """Use this private key, which the gateway has too. Nobody else may be able to read the file."""
        cls._rsa_file = Path(str(file))

    @classmethod
    def rsa_file(cls) -> Path | None:
        """The file of the private key."""
        return cls._rsa_file

    @classmethod
    def set_all_thread_daemon(cls, all_daemon: object) -> None:
        """Do nothing: every thread is a daemon."""

    @classmethod
    def enable_console_log(cls, enable: object) -> None:
        """Do nothing: what there is to log goes to the logger "brokerport"."""

    @classmethod
    def set_client_info(cls, client_id: object, client_ver: object) -> None:
        """Do nothing."""

    @classmethod
    def set_proto_fmt(cls, proto_fmt: object) -> None:
        """Do nothing."""
