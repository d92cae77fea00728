"""The doctor: looks at the whole chain to a server, hop by hop, on a connection of its own."""

from app.provision.doctor.desk import DoctorDesk
from app.provision.doctor.examination import Surroundings, examine

__all__ = ["DoctorDesk", "Surroundings", "examine"]
