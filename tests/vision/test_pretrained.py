"""Weights are fetched once, checked and kept; a server of the test's own stands for the network."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cutaway
import numpy as np
import pytest
from cutaway.core.errors import FileError
from cutaway.vision import classification_net, load_pretrained
from cutaway.vision.networks import pretrained


@pytest.fixture
def server():
    """What it gives: {path: (status, length to announce, content)}; and what it was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            status, length, content = gives.get(self.path, (404, 0, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    gives, asked = {}, []
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield gives, asked, f"http://127.0.0.1:{running.server_port}/"
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def offered(server, monkeypatch, tmp_path):
    """SqueezeNet for three classes, under a name with its digest."""
    gives, asked, base = server
    net = classification_net("squeezenet1_1", 3, rng=5)
    cutaway.save(net.state_dict(), tmp_path / "made.safetensors")
    content = (tmp_path / "made.safetensors").read_bytes()
    name = f"squeezenet1_1-{hashlib.sha256(content).hexdigest()[:8]}.safetensors"
    monkeypatch.setattr(pretrained, "BASE", base)
    monkeypatch.setitem(pretrained.FILES, "squeezenet1_1", name)
    monkeypatch.setenv("CUTAWAY_CACHE", str(tmp_path / "cache"))
    gives[f"/{name}"] = (200, len(content), content)
    return gives, asked, tmp_path / "cache" / "weights" / name, net


def test_a_file_is_fetched_once(offered):
    _, asked, path, net = offered
    for _ in range(2):
        loaded = load_pretrained("squeezenet1_1", classes=3, show=False)
    assert len(asked) == 1
    assert path.is_file()
    assert not loaded.training
    for name, values in loaded.state_dict().items():
        np.testing.assert_array_equal(values, net.state_dict()[name])


def test_another_file_or_a_short_one_is_refused_and_not_kept(offered):
    gives, _, path, _ = offered
    _, length, content = gives[f"/{path.name}"]
    gives[f"/{path.name}"] = (200, 5, b"<html")
    with pytest.raises(FileError, match=r"(?s)SHA-256 begins with [0-9a-f]{8}, came .*login page"):
        load_pretrained("squeezenet1_1", classes=3, show=False)
    gives[f"/{path.name}"] = (200, length, content[:-9])
    with pytest.raises(FileError, match="cannot be fetched"):
        load_pretrained("squeezenet1_1", classes=3, show=False)
    assert list(path.parent.iterdir()) == []


def test_a_kept_file_that_was_damaged_is_noticed(offered):
    _, _, path, _ = offered
    load_pretrained("squeezenet1_1", classes=3, show=False)
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(FileError, match="delete it, and it will be fetched anew"):
        load_pretrained("squeezenet1_1", classes=3, show=False)


def test_without_a_network_it_says_which_file_to_put_where(offered, monkeypatch):
    gives, _, path, net = offered
    (_, _, content) = gives.pop(f"/{path.name}")
    for base in (pretrained.BASE, "http://127.0.0.1:1/"):
        monkeypatch.setattr(pretrained, "BASE", base)
        with pytest.raises(FileError) as error:
            load_pretrained("squeezenet1_1", classes=3, show=False)
        said = str(error.value)
        assert said.startswith(f"{path}: expected this file")
        assert f"download {base}{path.name} elsewhere, and put it there" in said
    path.write_bytes(content)
    assert load_pretrained("squeezenet1_1", classes=3, show=False).classes == net.classes


def test_what_torchvision_does_not_have(tmp_path):
    with pytest.raises(ValueError, match=r"no weights 'vgg17', there are .*; did you mean 'vgg1"):
        load_pretrained("vgg17")
    assert all(len(name.rpartition("-")[2]) == len("7be5be79.pth") for name in pretrained.FILES.values())
    assert set(pretrained.FILES) < set(pretrained.classification_net.__globals__["NETS"])


def test_the_folder_is_the_systems(monkeypatch, tmp_path):
    monkeypatch.delenv("CUTAWAY_CACHE", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert pretrained.cache_folder() == tmp_path / "cutaway" / "weights"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert pretrained.cache_folder() == tmp_path / ".cache" / "cutaway" / "weights"
