--- uses lib
-- {audit}
auditAll(nil, A.audit)
return 'ok'
