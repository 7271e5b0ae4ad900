"""The extension modules and the package mapping; everything else is in ``pyproject.toml``.

The C kernels (ext/native/kernels.c) are compiled once for each instruction set and float type, and chosen at
run time.  Without a C compiler the installation succeeds all the same: the Numba kernels take over.
"""

import platform
from glob import glob
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOMS = ["core", "ext", "nn", "text", "vision", "lessons", "commands"]
BESIDE = ("setup", "pytest_cutaway")  # modules of the root folder that are not the package's
PACKAGES = find_packages(include=[pattern for room in ROOMS for pattern in (room, f"{room}.*")])

# Sums keep their order; a * b + c may be one instruction; nobody looks at errno or traps.
FLAGS = ["-O3", "-std=gnu11", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math", "-Wno-psabi"]
X86_LEVELS = {  # name: (bytes in a vector, flags)
    "avx512": (64, ["-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw", "-mavx2", "-mfma"]),
    "avx2": (32, ["-mavx2", "-mfma"]),
}
LEVELS = {"baseline": (16, []), **(X86_LEVELS if platform.machine().lower() in ("x86_64", "amd64") else {})}

KERNELS = Extension(
    "cutaway.ext.native._kernels",
    sources=[
        "ext/native/_kernels.pyx",
        "ext/native/threads.c",
        "ext/native/scratch.c",
        "ext/native/levels.c",
    ],
    depends=[path for kind in ("c", "h", "pxi") for path in glob(f"ext/*/[!_]*.{kind}")],
    include_dirs=["ext/native", numpy.get_include()],
    define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
    extra_compile_args=["-O2", "-std=gnu11", "-pthread"],
    extra_link_args=["-pthread"],
)
(NATIVE,) = cythonize([KERNELS], language_level=3)
NATIVE.optional = True  # cythonize forgets it


class BuildKernels(build_ext):
    """Compiles kernels.c for every level and type before the module that links them."""

    def build_extension(self, extension):
        if extension is NATIVE:
            for level, (width, flags) in LEVELS.items():
                for real in ("float", "double"):
                    macros = [("REAL", real), ("VECTOR_BYTES", str(width)), ("TABLE", f"{level}_{real}")]
                    macros += [("HAS_WINOGRAD", str(int(real == "float")))]
                    folder = Path(self.build_temp, level, real)
                    extension.extra_objects += self.compiler.compile(
                        ["ext/native/kernels.c"],
                        output_dir=str(folder),
                        macros=macros,
                        extra_postargs=[*FLAGS, *flags],
                        depends=extension.depends,
                    )
        super().build_extension(extension)


class BuildPackages(build_py):
    """Leaves the files beside the package's own out: the repository root is the package."""

    def find_package_modules(self, package, package_dir):
        modules = super().find_package_modules(package, package_dir)
        return [each for each in modules if package != "cutaway" or each[1] not in BESIDE]


setup(
    packages=["cutaway", *(f"cutaway.{name}" for name in PACKAGES)],
    package_dir={"cutaway": "."},
    py_modules=["pytest_cutaway"],
    package_data={"": ["*.pyi", "py.typed", "*.html"]},
    include_package_data=False,
    ext_modules=[NATIVE],
    cmdclass={"build_ext": BuildKernels, "build_py": BuildPackages},
)
