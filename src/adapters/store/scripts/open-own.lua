--- uses lib incident-record policy incident
-- {slot, escalation, audit}. Trouble of the installation itself, of which no alert tells: only whoever has it can say that it is over.
auditAll(nil, A.audit)
return escalate(withTexts(A.escalation), A.slot)
